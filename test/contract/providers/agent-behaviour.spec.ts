import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SessionSpec } from '../../../src/providers/sandbox-provider.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const PROGRAM = fileURLToPath(new URL('scripted-agent.mjs', import.meta.url));
const fixture = useLocalProvider();

/** A sandbox in whose agent server the mock is replaced by an agent that does what its prompt says. */
const scripted = async (...steps: [string, unknown?][]) => {
  const provider = fixture.open();
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
  writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}'\n`);
  return { provider, spec, open: () => provider.createSession(spec, never) };
};
const answerOf = ({ provider, spec }: { provider: ReturnType<typeof fixture.open>; spec: SessionSpec }) =>
  eventually(async () => {
    const { state, messages } = await provider.readSession(spec, never);
    return state === 'idle' && messages.at(-1)!.text;
  }, 'the answer');

describe('an agent', () => {
  it('that is silent for five seconds has its session open before, and its answer is heard', async () => {
    const agent = await scripted(['sleep', 5_000], ['say', 'late'], ['end']);
    await agent.open();
    expect(await agent.provider.readSession(agent.spec, never)).toMatchObject({ state: 'busy' });
    expect(await answerOf(agent)).toBe('late');
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
