import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import { Attached } from './attached.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const PROGRAM = fileURLToPath(new URL('scripted-agent.mjs', import.meta.url));
const SCRIPTED = `'${process.execPath}' '${PROGRAM}'`;
const fixture = useLocalProvider();
const detaches: (() => void)[] = [];
afterEach(() => detaches.splice(0).forEach((detach) => detach()));

/** A sandbox in whose agent server the mock is replaced by the given command of a shell. */
const withAgent = async (command = SCRIPTED, options: Parameters<typeof fixture.open>[0] = {}) => {
  const provider = fixture.open(options);
  const spec = fixture.spec();
  await provider.createSandbox(spec, never);
  await provider.ensureAgent(spec, never);
  const launcher = fixture.sandbox(spec.taskId, 'data/sandbox-agent/bin/agent_processes/mock-acp');
  writeFileSync(launcher, `#!/bin/sh\nexec ${command}\n`);
  return { provider, spec, open: () => provider.createSession(spec, never) };
};

/** Attached to an agent that does what its prompts say. */
const scripted = async () => {
  const agent = await withAgent();
  const { agentSessionId } = await agent.open();
  const over = new AbortController();
  detaches.push(() => over.abort());
  const spec = { ...agent.spec, agentSessionId, recap: async () => '' };
  const attached = new Attached(
    (await agent.provider.attachSession(spec, { start: false }, over.signal))!,
    over,
  );
  return {
    ...agent,
    attached,
    does: (...steps: [string, unknown?][]) => attached.turn(JSON.stringify(steps)),
  };
};

describe('an agent', () => {
  it('that is silent for five seconds is waited for, and its answer is heard', async () => {
    const { attached, does } = await scripted();
    expect(await does(['sleep', 5_000], ['say', 'late'], ['end'])).toMatchObject({ stopReason: 'end_turn' });
    expect(attached.text).toBe('late');
  });

  it('that offers nothing is opened, and what it can do is known', async () => {
    const { spec } = await scripted();
    const record = readFileSync(fixture.records(spec.taskId, 'sessions', `${spec.sessionId}.json`), 'utf8');
    expect(JSON.parse(record)).toMatchObject({
      state: 'open',
      abilities: { load: false, resume: false },
      choices: { modes: [], models: [] },
    });
  });

  it.each([
    [
      { code: -32_000, message: 'log in' },
      { code: -32_000, message: 'log in' },
    ],
    [{ code: 0 }, { code: 0, message: 'an error without a message' }],
    ['no object', { message: 'an error without a message' }],
  ])('that refuses a prompt with %j has failed the turn, and takes the next', async (error, failure) => {
    const { attached, does } = await scripted();
    expect(await does(['refuse', error])).toMatchObject({ stopReason: 'failed', failure });
    await does(['say', 'next'], ['end']);
    expect(attached.text).toBe('next');
  });

  it('that ends in the middle of its answer has ended, and what it said is heard', async () => {
    const { attached } = await scripted();
    await attached.prompt(
      JSON.stringify([
        ['say', 'half'],
        ['exit', 3],
      ]),
    );
    await attached.next('exited');
    expect(attached.text).toBe('half');
  });
});

describe('an agent that never answers', () => {
  it('is told as that, by what it was asked, within the time that it was given', async () => {
    const agent = await withAgent('cat >/dev/null', { agentAnswerMs: 400 });
    await expect(agent.open()).rejects.toMatchObject({
      code: 'agent_silent',
      message: 'The agent "mock" has not answered initialize within 0.4 s.',
      retryable: true,
    });
  });

  it('may take longer when it is given longer', async () => {
    const slow = `sh -c 'sleep 1; exec "${process.execPath}" "${PROGRAM}"'`;
    const agent = await withAgent(slow, { agentAnswerMs: 60_000 });
    expect(await agent.open()).toEqual({ agentSessionId: 's' });
  });

  it('holds up no later attempt when its stage is stopped meanwhile', async () => {
    const slow = `sh -c 'sleep 1; exec "${process.execPath}" "${PROGRAM}"'`;
    const agent = await withAgent(slow);
    const reason = new Error('stage time-out');
    const stop = new AbortController();
    const stopped = agent.provider.createSession(agent.spec, stop.signal);
    setTimeout(() => stop.abort(reason), 400);
    await expect(stopped).rejects.toBe(reason);
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
  it('is not taken for dead: that it does not answer is said, and it works when it does again', async () => {
    const agent = await withAgent();
    const opened = await agent.open();
    const pids = (await markedProcesses()).get(agent.spec.taskId) ?? [];
    const server = pids.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]!.endsWith('/sandbox-agent'),
    )!;
    process.kill(server, 'SIGSTOP');
    try {
      await eventually(() => / T /.test(readFileSync(`/proc/${server}/stat`, 'latin1')), 'the stop');
      const spec = { ...agent.spec, ...opened, recap: async () => '' };
      await expect(agent.provider.attachSession(spec, { start: true }, never)).rejects.toMatchObject({
        code: 'agent_unreachable',
        retryable: true,
      });
    } finally {
      process.kill(server, 'SIGCONT');
    }
    expect(await agent.provider.findSession(agent.spec, never)).toEqual(opened);
  });
});
