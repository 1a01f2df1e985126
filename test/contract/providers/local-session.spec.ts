import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import { adoptServer, type AgentServer } from '../../../src/providers/local/agent-server.js';
import { AgentSession } from '../../../src/providers/local/agent-session.js';
import { sandboxFiles } from '../../../src/providers/local/sandbox-files.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider();
const METHODS = ['initialize', 'session/new', 'session/prompt'];

/** Dies like a process that is killed: before a request goes out, or after it did and before its reply is used. */
class DyingApi extends AgentApi {
  private readonly real: AgentApi;
  private readonly method: string;
  private readonly when: 'before' | 'after';

  constructor(real: AgentApi, method: string, when: 'before' | 'after') {
    super({ port: 1, token: 'unused' });
    this.real = real;
    this.method = method;
    this.when = when;
  }

  override async call(call: Parameters<AgentApi['call']>[0]): Promise<never> {
    const dies = call.body !== undefined && 'method' in call.body && call.body.method === this.method;
    if (dies && this.when === 'before') throw new Error('killed');
    const reply = await this.real.call(call);
    if (dies) throw new Error('killed');
    return reply as never;
  }

  override async *events(): ReturnType<AgentApi['events']> {
    // A killed process does not hear of the agent's answers and activity either.
  }
}

describe('a session of the local provider', () => {
  const points = METHODS.flatMap((method) =>
    (['before', 'after'] as const).map((when) => [when, method] as const),
  );

  it.each(points)('is one and has its prompt once, when we were killed %s %s', async (when, method) => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    const files = sandboxFiles(fixture.sandbox('.'), spec.taskId);
    const server = (await adoptServer(files, never))!;
    const dying: AgentServer = { ...server, api: new DyingApi(server.api, method, when) };
    const session = new AgentSession(files, spec.sessionId);
    await expect(session.open(spec, dying, never)).rejects.toThrow(/killed/);
    expect(await provider.findSession(spec, never)).toBeNull();

    const made = await provider.createSession(spec, never);
    expect(await provider.createSession(spec, never)).toEqual(made);
    const { messages } = await eventually(async () => {
      const read = await provider.readSession(spec, never);
      return read.state === 'idle' && read;
    }, 'the answer');
    expect(messages.at(-1)?.text.match(/You asked/g)).toHaveLength(1);
    const { servers } = await server.api.call({
      method: 'GET',
      path: '/v1/acp',
      schema: Type.Object({ servers: Type.Array(Type.Object({ serverId: Type.String() })) }),
      signal: never,
      timeoutMs: 5_000,
    });
    expect(servers).toHaveLength(1);
  });

  it('keeps what was said after the sandbox is released', async () => {
    const provider = fixture.open();
    const spec = fixture.spec({ prompt: 'Remember this' });
    await fixture.provision(provider, spec);
    await eventually(async () => (await provider.readSession(spec, never)).state === 'idle', 'the answer');
    await provider.releaseSandbox(spec.taskId, never);
    const { state, messages } = await fixture.open().readSession(spec, never);
    expect(state).toBe('dead');
    expect(messages.map(({ text }) => text).join()).toMatch(/Remember this.*You asked: Remember this/s);
  });

  it('is named by a UUID only', async () => {
    const spec = fixture.spec({ sessionId: '../../etc/passwd' });
    await expect(fixture.open().readSession(spec, never)).rejects.toMatchObject({ code: 'bad_session_id' });
    await expect(fixture.open().findSandbox('../x', never)).rejects.toMatchObject({ code: 'bad_task_id' });
  });
});
