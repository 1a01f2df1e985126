import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { RawData } from 'ws';
import { ProviderError } from '../../events/provider-error.js';
import { orAborted } from '../../platform/aborts.js';
import type { TerminalChannel, TerminalListener, TerminalSize } from '../terminal-channel.js';
import type { AgentServer } from './sandbox-host.js';

/** The best shell that there is. */
const SHELL = 'command -v bash >/dev/null && exec bash; exec sh';
const ANSWER_MS = 10_000;

const Begun = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) });
const Exited = Type.Object({
  type: Type.Literal('exit'),
  exitCode: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
});

/**
 * A shell that the sandbox's agent server runs behind a terminal: as the agent, and with what it sees and has.
 * @param cwd as the sandbox's programs see it
 * @throws ProviderError
 */
export async function openAgentTerminal(
  { api }: AgentServer,
  { cols, rows, cwd }: TerminalSize & { readonly cwd: string },
  listener: TerminalListener,
  signal: AbortSignal,
): Promise<TerminalChannel> {
  const limits = { signal, timeoutMs: ANSWER_MS };
  const { id } = await api.call({
    ...{ method: 'POST', path: '/v1/processes', schema: Begun, ...limits },
    body: {
      ...{ command: '/bin/sh', args: ['-c', SHELL], cwd, tty: true, interactive: true },
      env: { TERM: 'xterm-256color' },
    },
  });
  const process = `/v1/processes/${id}`;
  const end = async () => {
    const over = { schema: Type.Unknown(), signal: new AbortController().signal, timeoutMs: ANSWER_MS };
    // It may have ended by itself, or with its server.
    await api.call({ method: 'POST', path: `${process}/kill`, ...over }).catch(() => undefined);
    await api.call({ method: 'DELETE', path: process, ...over }).catch(() => undefined);
  };
  const socket = api.socket(`${process}/terminal/ws`);
  let exitCode: number | null = null;
  const send = (frame: object) =>
    new Promise<void>((resolve) => {
      // Where the other side is gone, its end tells.
      socket.send(JSON.stringify(frame), () => resolve());
    });
  const resize = (size: TerminalSize) => void send({ type: 'resize', cols: size.cols, rows: size.rows });
  try {
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('open', resolve).once('error', reject);
    });
    await orAborted(opened, signal);
  } catch (error) {
    socket.terminate();
    await end();
    signal.throwIfAborted();
    const reason = `The sandbox opens no terminal: ${(error as Error).message}`;
    throw new ProviderError('agent_unreachable', reason, { retryable: true, cause: error });
  }
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) return listener.output(data as Buffer);
    exitCode = exitCodeOf((data as Buffer).toString()) ?? exitCode;
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    listener.ended(exitCode);
    void end();
  });
  resize({ cols, rows });
  return {
    input: (text) => send({ type: 'input', data: text }),
    resize,
    hold: (isHeld) => (isHeld ? socket.pause() : socket.resume()),
    close: async () => {
      socket.terminate();
      await end();
    },
  };
}

function exitCodeOf(text: string): number | null {
  try {
    const frame: unknown = JSON.parse(text);
    return Value.Check(Exited, frame) ? (frame.exitCode ?? null) : null;
  } catch {
    return null;
  }
}
