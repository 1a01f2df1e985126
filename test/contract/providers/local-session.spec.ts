import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import { onPort } from '../../../src/providers/local/agent-request.js';
import { adoptServer } from '../../../src/providers/local/agent-server.js';
import { AgentSession } from '../../../src/providers/local/agent-session.js';
import { processesOf } from '../../../src/providers/local/process-tree.js';
import { type SandboxFiles, sandboxFiles } from '../../../src/providers/local/sandbox-files.js';
import type { AgentServer } from '../../../src/providers/local/sandbox-host.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider();

/** Dies like a process that is killed: before a request goes out, or after it did and before its reply is used. */
class DyingApi extends AgentApi {
  private readonly real: AgentApi;
  private readonly method: string;
  private readonly when: 'before' | 'after';

  constructor(real: AgentApi, method: string, when: 'before' | 'after') {
    super(onPort(1, 'unused'));
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

const here = { processes: processesOf, checkoutSeen: ({ checkout }: SandboxFiles) => checkout };

describe('a session of the local provider', () => {
  const points = ['initialize', 'session/new'].flatMap((method) =>
    (['before', 'after'] as const).map((when) => [when, method] as const),
  );

  it.each(points)('is one, with one agent, when we were killed %s %s', async (when, method) => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    const files = sandboxFiles(fixture.sandbox('.'), spec.taskId);
    const server = (await adoptServer(files, never))!;
    const dying: AgentServer = { ...server, api: new DyingApi(server.api, method, when) };
    const session = new AgentSession(files, spec.sessionId, here);
    await expect(session.open(spec, dying, never)).rejects.toThrow(/killed/);
    expect(await provider.findSession(spec, never)).toBeNull();

    const made = await provider.createSession(spec, never);
    expect(await provider.createSession(spec, never)).toEqual(made);
    const { servers } = await server.api.call({
      method: 'GET',
      path: '/v1/acp',
      schema: Type.Object({ servers: Type.Array(Type.Object({ serverId: Type.String() })) }),
      signal: never,
      timeoutMs: 5_000,
    });
    expect(servers).toHaveLength(1);
  });

  it('is named by a UUID only', async () => {
    const spec = fixture.spec({ sessionId: '../../etc/passwd' });
    await expect(fixture.open().findSession(spec, never)).rejects.toMatchObject({ code: 'bad_session_id' });
    await expect(fixture.open().findSandbox('../x', never)).rejects.toMatchObject({ code: 'bad_task_id' });
  });
});
