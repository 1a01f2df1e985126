import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SessionEnd, SessionSpec } from '../../../src/providers/sandbox-provider.js';
import { GAP } from '../../../src/providers/local/transcript.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const PROGRAM = fileURLToPath(new URL('scripted-agent.mjs', import.meta.url));
const fixture = useLocalProvider();

/** A sandbox in whose agent server the mock is replaced by an agent that does what its prompt says. */
const scripted = (...steps: [string, unknown?][]) => withAgent(`'${process.execPath}' '${PROGRAM}'`, steps);

/** A sandbox whose agent is the given command of a shell. */
const withAgent = async (
  command: string,
  steps: readonly [string, unknown?][] = [],
  options: Parameters<typeof fixture.open>[0] = {},
) => {
  const provider = fixture.open(options);
  const spec = fixture.spec({ prompt: JSON.stringify(steps) });
  await provider.createSandbox(spec, never);
  await provider.ensureAgent(spec, never);
  const launcher = fixture.sandbox(
    spec.taskId,
    'data',
    'sandbox-agent',
    'bin',
    'agent_processes',
    'mock-acp',
  );
  writeFileSync(launcher, `#!/bin/sh\nexec ${command}\n`);
  return { provider, spec, open: () => provider.createSession(spec, never) };
};
const answerOf = ({ provider, spec }: { provider: ReturnType<typeof fixture.open>; spec: SessionSpec }) =>
  eventually(async () => {
    const { state, messages } = await provider.readSession(spec, never);
    return state === 'idle' && messages.at(-1)!.text;
  }, 'the answer');

const stops: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

/** Has the provider tell of the ends of sessions until the test is over. */
const watch = (provider: ReturnType<typeof fixture.open>, heard = () => true) => {
  const ends: SessionEnd[] = [];
  const over = new AbortController();
  const done = provider.watchSessions!((end) => Promise.resolve((ends.push(end), heard())), over.signal);
  const stop = async () => {
    over.abort();
    await done.catch(() => undefined);
  };
  stops.push(stop);
  return { ends, stop };
};

describe('an agent', () => {
  it('that is silent for five seconds has its session open before, and its answer is heard', async () => {
    const agent = await scripted(['sleep', 5_000], ['say', 'late'], ['end']);
    await agent.open();
    expect(await agent.provider.readSession(agent.spec, never)).toMatchObject({ state: 'busy' });
    expect(await answerOf(agent)).toBe('late');
  });

  it('that is not asked anything is only opened, and is idle', async () => {
    const { provider, spec } = await scripted();
    const opened = { ...spec, prompt: undefined };
    await provider.createSession(opened, never);
    expect(await provider.readSession(opened, never)).toEqual({ messages: [], state: 'idle' });
    const record = readFileSync(fixture.records(spec.taskId, 'sessions', `${spec.sessionId}.json`), 'utf8');
    expect(JSON.parse(record)).toMatchObject({
      state: 'open',
      abilities: { load: false, resume: false },
      choices: { modes: [], models: [] },
    });
  });

  it('that answers without an event has its session', async () => {
    const agent = await scripted(['end']);
    await agent.open();
    expect(await answerOf(agent)).toBe(agent.spec.prompt);
  });

  it('that asks first has its session, and works', async () => {
    const agent = await scripted(['ask', 'May I?']);
    await agent.open();
    expect(await agent.provider.readSession(agent.spec, never)).toMatchObject({ state: 'busy' });
  });

  it.each([
    [{ code: -32_000, message: 'log in' }, 'agent_needs_login', false],
    [{ code: -32_603, message: 'broken' }, 'agent_refused', true],
    [{ code: 0 }, 'agent_refused', true],
    ['no object', 'agent_refused', true],
  ])('that refuses the prompt with %j fails the session as %s, each time', async (error, code, retryable) => {
    const agent = await scripted(['refuse', error]);
    await expect(agent.open()).rejects.toMatchObject({ code, retryable });
    await expect(agent.open()).rejects.toMatchObject({ code, retryable });
  });

  it('has its refusal known at once, by its own clock', async () => {
    const agent = await scripted(['refuseNow']);
    const error: unknown = await agent.open().catch((e: unknown) => e);
    const at = Number(/at (\d+)$/.exec((error as Error).message)?.[1]);
    // Far more than it takes, and far less than any time-out that could have ended the wait instead.
    expect(Date.now() - at).toBeLessThan(3_000);
  });

  it('that refuses later tells so in its messages', async () => {
    const agent = await scripted(['sleep', 2_000], ['refuse', { code: -32_000, message: 'log in' }]);
    await agent.open();
    expect(await answerOf(agent)).toBe('The agent failed: log in');
  });

  it('that ends before its first sign fails the session', async () => {
    const agent = await scripted(['exit', 3]);
    await expect(agent.open()).rejects.toMatchObject({ code: 'agent_died', retryable: true });
  });

  it('that ends in the middle of its answer is dead, and what it said is kept', async () => {
    const agent = await scripted(['say', 'half'], ['sleep', 1_500], ['exit', 3]);
    await agent.open();
    const { messages } = await eventually(async () => {
      const read = await agent.provider.readSession(agent.spec, never);
      return read.state === 'dead' && read;
    }, 'the end of the agent');
    expect(messages.at(-1)!.text).toBe('half');
  });

  it('whose stage is stopped meanwhile holds up no later attempt', async () => {
    const agent = await scripted(['sleep', 3_000], ['end']);
    const reason = new Error('stage time-out');
    const stop = new AbortController();
    const stopped = agent.provider.createSession(agent.spec, stop.signal);
    setTimeout(() => stop.abort(reason), 400);
    await expect(stopped).rejects.toBe(reason);
    await agent.open();
    expect(await answerOf(agent)).toBe(agent.spec.prompt);
  });
});

/** The numbers from 1 as the agent says them. */
const count = (to: number) => Array.from({ length: to }, (_, i) => `${i + 1} `).join('');

describe('an answer of more updates than the agent server keeps', () => {
  it('is whole where somebody follows it', async () => {
    const agent = await scripted(
      ...Array.from({ length: 8 }, (): [string, unknown][] => [
        ['flood', 250],
        ['sleep', 300],
      ]).flat(),
      ['end'],
    );
    watch(agent.provider);
    await agent.open();
    await answerOf(agent);
    const { messages } = await agent.provider.readSession(agent.spec, never);
    expect(messages.at(-1)).toEqual({ role: 'agent', text: count(250).repeat(8) });
  });

  it('says that its beginning is missing where nobody did', async () => {
    const agent = await scripted(['flood', 1_500], ['end']);
    await agent.open();
    expect(await answerOf(agent)).toMatch(/1499 1500 $/);
    const { messages } = await agent.provider.readSession(agent.spec, never);
    const { text, truncated } = messages.at(-1)!;
    expect(text.startsWith(GAP)).toBe(true);
    expect(truncated).toBe(true);
  });
});

describe('an agent that never answers', () => {
  it('is told as that, by what it was asked, within the time that it was given', async () => {
    const agent = await withAgent('cat >/dev/null', [], { agentAnswerMs: 400 });
    await expect(agent.open()).rejects.toMatchObject({
      code: 'agent_silent',
      message: 'The agent "mock" has not answered initialize within 0.4 s.',
      retryable: true,
    });
  });

  it('may take longer when it is given longer', async () => {
    const slow = `sh -c 'sleep 1; exec "${process.execPath}" "${PROGRAM}"'`;
    const agent = await withAgent(slow, [['end']], { agentAnswerMs: 60_000 });
    expect(await agent.open()).toEqual({ agentSessionId: 's' });
  });
});

describe('an agent server that is not ready in its time', () => {
  it('is told as that, and nothing of it runs', async () => {
    const provider = fixture.open({ serverStartMs: 1 });
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await expect(provider.ensureAgent(spec, never)).rejects.toMatchObject({
      code: 'agent_server_failed',
      message: expect.stringContaining('The agent server was not ready within 0.001 s.'),
    });
    expect((await markedProcesses()).get(spec.taskId)).toBeUndefined();
  });
});

describe('an agent server that hangs', () => {
  it('is not taken for dead: reading says that it does not answer, and works when it does again', async () => {
    const agent = await scripted(['say', 'before'], ['end']);
    await agent.open();
    await answerOf(agent);
    const pids = (await markedProcesses()).get(agent.spec.taskId) ?? [];
    const server = pids.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]!.endsWith('/sandbox-agent'),
    )!;
    process.kill(server, 'SIGSTOP');
    try {
      await expect(agent.provider.readSession(agent.spec, never)).rejects.toMatchObject({
        code: 'agent_unreachable',
        retryable: true,
      });
    } finally {
      process.kill(server, 'SIGCONT');
    }
    expect(await agent.provider.readSession(agent.spec, never)).toMatchObject({ state: 'idle' });
  });
});

describe('the end of an open session', () => {
  it.each([
    [
      'a late refusal',
      [
        ['sleep', 2_000],
        ['refuse', { code: -32_000, message: 'log in' }],
      ],
      'agent_needs_login',
    ],
    [
      'a late refusal without a code',
      [
        ['sleep', 2_000],
        ['refuse', {}],
      ],
      'agent_refused',
    ],
    [
      'the end of the agent',
      [
        ['say', 'half'],
        ['sleep', 1_500],
        ['exit', 3],
      ],
      'agent_died',
    ],
  ] as [string, [string, unknown?][], string][])('is told unasked: %s', async (_, steps, code) => {
    const agent = await scripted(...steps);
    const { ends } = watch(agent.provider);
    await agent.open();
    const end = await eventually(() => ends[0], 'the report');
    expect(end).toMatchObject({ taskId: agent.spec.taskId, sessionId: agent.spec.sessionId, code });
  });

  it('is told when the agent server is killed, again until it is heard, and only then no more', async () => {
    const agent = await scripted(['say', 'said'], ['end']);
    const first = watch(agent.provider, () => false);
    await agent.open();
    await answerOf(agent);
    process.kill(fixture.pidOf(agent.spec.taskId), 'SIGKILL');
    await eventually(() => first.ends.length > 1, 'a second report');
    await first.stop();
    // As after a restart: whoever comes later is told of what happened before.
    const second = watch(fixture.open());
    const end = await eventually(() => second.ends[0], 'the report');
    expect(end).toMatchObject({ sessionId: agent.spec.sessionId, code: 'agent_died' });
    await second.stop();
    const third = watch(fixture.open());
    const other = await scripted(['say', 'half'], ['exit', 0]);
    await other.open().catch(() => undefined);
    await third.stop();
    expect(third.ends.map(({ sessionId }) => sessionId)).not.toContain(agent.spec.sessionId);
    expect((await agent.provider.readSession(agent.spec, never)).messages.at(-1)!.text).toBe('said');
  });
});
