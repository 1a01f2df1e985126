import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onAbort } from '../../platform/aborts.js';

/** Where an agent server answers, and the secret that opens it, if it has one: as good as a shell, so never log it. */
export interface AgentAddress {
  /** A new connection to it; another one for each request. */
  readonly connect: () => Socket;
  readonly token?: string;
}

/** The other side is gone, or hung up. */
export class AgentLostError extends Error {
  override readonly name = 'AgentLostError';
}

/** A server that listens on this machine. */
export const onPort = (port: number, token: string): AgentAddress => ({
  connect: () => connect(port, '127.0.0.1'),
  token,
});

/** What goes to an agent server, but for its body. */
export function requestOptions({ connect: open, token }: AgentAddress, method: string, path: string) {
  return {
    method,
    path,
    createConnection: () => open(),
    headers: { host: 'agent', connection: 'close', ...(token && { authorization: `Bearer ${token}` }) },
  };
}

/**
 * Asks an agent server, and resolves when its answer begins.
 * @param signal ends the request, and the answer's body as well
 * @throws AgentLostError, or the signal's reason
 */
export function askAgent(
  address: AgentAddress,
  {
    method,
    path,
    body,
    headers,
  }: {
    readonly method: string;
    readonly path: string;
    readonly body?: object;
    readonly headers?: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const text = body && Buffer.from(JSON.stringify(body));
    const options = requestOptions(address, method, path);
    const sent = request({
      ...options,
      headers: {
        ...options.headers,
        ...(text && { 'content-type': 'application/json', 'content-length': text.length }),
        ...headers,
      },
    });
    const unlisten = onAbort(signal, () => {
      sent.destroy();
      reject(signal.reason as Error);
    });
    sent.on('close', unlisten);
    sent.on('error', (error) => reject(new AgentLostError(error.message, { cause: error })));
    sent.on('response', (response) => {
      // Who reads it is told by its stream; without a reader it must not end the process.
      response.on('error', () => undefined);
      resolve(response);
    });
    sent.end(text);
  });
}

/** The body of an answer as it comes. @throws AgentLostError, or the signal's reason */
export async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    signal.throwIfAborted();
    throw new AgentLostError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  signal.throwIfAborted();
}
