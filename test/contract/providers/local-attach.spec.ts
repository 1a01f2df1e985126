import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pause } from '../../../src/platform/clock.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import type { AttachSpec } from '../../../src/providers/session-channel.js';
import { Attached } from './attached.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

type Spec = ReturnType<ReturnType<typeof useLocalProvider>['spec']>;

const fixture = useLocalProvider({ 'README.md': '# Here\n' });
const detaches: (() => void)[] = [];
afterEach(() => detaches.splice(0).forEach((detach) => detach()));

const attachSpec = (spec: Spec, agentSessionId: string | null = null): AttachSpec => ({
  ...spec,
  agentSessionId,
  recap: async () => '!exit 9\nWhat was said.',
});
const attach = async (provider: SandboxProvider, spec: AttachSpec, start = false, after = 0) => {
  const over = new AbortController();
  detaches.push(() => over.abort());
  const channel = await provider.attachSession(spec, { start }, over.signal);
  return channel && new Attached(channel, over, after);
};
const opened = async () => {
  const provider = fixture.open();
  const spec = fixture.spec();
  const { agentSessionId } = await fixture.provision(provider, spec);
  const attached = (await attach(provider, attachSpec(spec, agentSessionId)))!;
  return { provider, spec: attachSpec(spec, agentSessionId), attached, agentSessionId };
};

describe('a session of the local provider that is worked in', () => {
  it('is opened without a prompt, tells what it can be set to, and works on one prompt after the other', async () => {
    const { provider, spec, attached, agentSessionId } = await opened();
    expect(attached.channel).toMatchObject({ how: 'same', agentSessionId });
    expect((await attached.next('choices')).choices).toEqual({
      modes: [
        { id: 'ask', name: 'Ask' },
        { id: 'auto', name: 'Auto' },
      ],
      modeId: 'ask',
      models: [
        { id: 'mock-small', name: 'Mock small' },
        { id: 'mock-large', name: 'Mock large' },
      ],
      model: 'mock-small',
    });
    expect(await attached.turn('Look around')).toMatchObject({ stopReason: 'end_turn' });
    expect(attached.text).toContain('You asked: Look around');
    await attached.turn('!think deep', '!plan A | B', '!usage 5 9 0.5', '!say done');
    expect(attached.all('thought')[0]).toMatchObject({ text: 'deep' });
    expect(attached.all('plan').at(-1)!.entries).toEqual([
      { content: 'A', status: 'completed' },
      { content: 'B', status: 'completed' },
    ]);
    expect(attached.all('usage')[0]!.usage).toEqual({ used: 5, size: 9, cost: 0.5, currency: 'USD' });
    const opens = await provider.openedSessions(never);
    expect(opens).toContainEqual({ taskId: spec.taskId, sessionId: spec.sessionId });
    const cursors = attached.events.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  });

  it('has its permissions answered: allowed, rejected and cancelled, two at once', async () => {
    const { spec, attached } = await opened();
    const file = () => readFileSync(fixture.sandbox(spec.taskId, 'checkout', 'a.txt'), 'utf8');
    const first = attached.turn('!write a.txt one');
    const asked = await attached.next('permission');
    expect(asked).toMatchObject({ title: 'Write a.txt', isEdit: true });
    expect(asked.options.map(({ kind }) => kind)).toEqual(['allow_once', 'allow_always', 'reject_once']);
    expect(attached.all('tool_call')[0]!.change).toMatchObject({
      kind: 'edit',
      content: [{ type: 'diff', path: 'a.txt', oldText: null, newText: 'one\n' }],
    });
    await attached.channel.answer(asked.requestId, 'allow', never);
    expect(await first).toMatchObject({ stopReason: 'end_turn' });
    expect(file()).toBe('one\n');

    const second = attached.turn('!write a.txt two');
    await attached.channel.answer((await attached.next('permission', 2)).requestId, 'reject', never);
    await second;
    expect(file()).toBe('one\n');
    expect(attached.all('tool_call').at(-1)!.change.status).toBe('failed');

    const third = attached.turn('!ask One | Two');
    const [one, two] = [await attached.next('permission', 3), await attached.next('permission', 4)];
    await attached.channel.answer(two.requestId, 'reject', never);
    await attached.channel.answer(one.requestId, 'allow', never);
    await third;
    expect(attached.text).toContain('One: allow\nTwo: reject\n');

    const fourth = attached.turn('!ask Three', '!say never');
    await attached.channel.answer((await attached.next('permission', 5)).requestId, null, never);
    expect(await fourth).toMatchObject({ stopReason: 'cancelled' });
  });

  it('tells of a refusal and of a request that nobody serves, and is set to another mode and model', async () => {
    const { attached } = await opened();
    expect(await attached.turn('!refuse -32000 log in')).toMatchObject({
      stopReason: 'failed',
      failure: { code: -32000, message: 'log in' },
    });
    await attached.turn('!elicit');
    expect(attached.all('unserved')).toMatchObject([{ method: 'elicitation/create' }]);
    expect(attached.text).toContain('refused with -32601');
    await attached.channel.setMode('auto', never);
    await attached.channel.setModel('mock-large', never);
    await eventually(() => attached.all('choices').length === 3, 'both changes');
    expect(attached.all('choices')[1]!.choices).toEqual({ modeId: 'auto' });
    expect(attached.all('choices')[2]!.choices).toMatchObject({ model: 'mock-large' });
    await expect(attached.channel.setMode('none', never)).rejects.toMatchObject({ code: 'agent_refused' });
    await attached.turn('!run echo hello');
    expect(attached.all('permission')).toEqual([]);
    expect(attached.all('tool_call').at(-1)!.change).toMatchObject({
      status: 'completed',
      content: [{ type: 'text', text: 'hello\n' }],
    });
  });

  it('begins anew where its agent knows it no longer, and tells the end of what was said', async () => {
    const { provider, spec, attached } = await opened();
    await attached.prompt('!exit 0');
    await attached.next('exited');
    await attached.detach();
    const again = (await attach(provider, { ...spec, agentSessionId: randomUUID() }, true))!;
    expect(again.channel.how).toBe('anew');
    await again.turn('Go on');
    expect(again.text).toMatch(/earlier agent.*> !exit 9\n> What was said\..*Go on/s);
    await again.turn('Further');
    expect(again.text.match(/earlier agent/g)).toHaveLength(1);
  });

  it('is attended to by one at a time, and read on by the next where the first stopped', async () => {
    const { spec, attached } = await opened();
    // Fewer than the agent server keeps: the next one may take long to come.
    const prompt = attached.prompt('!flood 900 150');
    await eventually(() => attached.all('said').length > 100, 'a beginning');
    const waiting = attach(fixture.open(), spec, false, 0);
    let isAttached = false;
    void waiting.then(() => (isAttached = true));
    await pause(600);
    expect(isAttached).toBe(false);
    await attached.detach();
    await prompt;
    const rest = (await waiting)!;
    rest.over.abort();
    const next = (await attach(fixture.open(), spec, false, attached.events.at(-1)!.cursor))!;
    await next.next('turn_ended');
    const numbers = `${attached.text}${next.text}`;
    expect(next.all('gap')).toEqual([]);
    expect(numbers).toBe(Array.from({ length: 900 }, (_, i) => `<${i + 1}>`).join(''));
  });

  it('says what is missing where nobody read more than the agent server keeps', async () => {
    const { spec, attached } = await opened();
    await attached.prompt('!flood 3000 100000', '!say end');
    await attached.detach();
    // Another one sees the end come, and reads nothing on behalf of whoever stopped before.
    const seen = (await attach(fixture.open(), spec))!;
    await eventually(() => seen.text.endsWith('end\n'), 'the end');
    await seen.detach();
    const next = (await attach(fixture.open(), spec, false, attached.events.at(-1)?.cursor ?? 0))!;
    await next.next('turn_ended');
    const [gap] = next.all('gap');
    const said = `${attached.text}${next.text}`.match(/<\d+>/g)!.length;
    const missed = gap!.missing!;
    expect(said + missed).toBeGreaterThanOrEqual(3000);
    expect(next.events[0]).toBe(gap);
  });

  it('is taken over from a process that was killed', async () => {
    const { spec, attached } = await opened();
    await attached.detach();
    const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const args = ['--import', here('typescript.mjs'), here('attach-program.ts'), fixture.dataDir];
    const child = spawn(process.execPath, [...args, JSON.stringify(spec)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => (output += data));
    await eventually(() => output.includes('"attached"'), 'the other process');
    const waiting = attach(fixture.open(), spec);
    child.kill('SIGKILL');
    const next = (await waiting)!;
    expect(await next.turn('!say taken over')).toMatchObject({ stopReason: 'end_turn' });
  });

  it('ends when the agent server is killed', async () => {
    const { spec, attached } = await opened();
    // One that ends with another is gone by its turn.
    for (const pid of (await markedProcesses()).get(spec.taskId) ?? []) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
      }
    }
    expect(await attached.next('exited')).toMatchObject({ reason: expect.stringContaining('server') });
  });

  it('has its agent ended though it ignores the end of its input, and goes on with another', async () => {
    const provider = fixture.open();
    const made = fixture.spec();
    await provider.createSandbox(made, never);
    await provider.ensureAgent(made, never);
    const launcher = fixture.sandbox(made.taskId, 'data/sandbox-agent/bin/agent_processes/mock-acp');
    const program = fileURLToPath(new URL('scripted-agent.mjs', import.meta.url));
    const stubborn = `import ${JSON.stringify(program)}; setInterval(() => 0, 1e6); process.on('SIGTERM', () => 0);`;
    writeFileSync(
      launcher,
      `#!/bin/sh\nexec '${process.execPath}' --input-type=module -e ${JSON.stringify(stubborn).replaceAll('$', '')}\n`,
    );
    await provider.createSession(made, never);
    const agents = async () => {
      const pids = (await markedProcesses()).get(made.taskId) ?? [];
      return pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('scripted-agent'));
    };
    expect(await agents()).toHaveLength(1);
    const [before] = await agents();
    const attached = (await attach(provider, attachSpec(made)))!;
    await attached.channel.end(never);
    await attached.next('exited');
    await eventually(async () => (await agents()).length === 0, 'the end of the process');
    await attached.detach();
    const again = (await attach(provider, attachSpec(made), true))!;
    expect(again.channel.how).toBe('anew');
    expect(await agents()).not.toEqual([before]);
  });

  it('is resumed where its agent can do that and load nothing, and set to models that are told apart from options', async () => {
    const provider = fixture.open();
    const made = fixture.spec();
    await provider.createSandbox(made, never);
    await provider.ensureAgent(made, never);
    const launcher = fixture.sandbox(made.taskId, 'data/sandbox-agent/bin/agent_processes/mock-acp');
    const program = fileURLToPath(new URL('other-dialect-agent.mjs', import.meta.url));
    renameSync(launcher, `${launcher}-itself`);
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${program}' '${launcher}-itself'\n`, {
      mode: 0o755,
    });
    const { agentSessionId } = await provider.createSession(made, never);
    const attached = (await attach(provider, attachSpec(made)))!;
    expect((await attached.next('choices')).choices).toMatchObject({
      models: [{ id: 'mock-small' }, { id: 'mock-large' }],
      model: 'mock-small',
    });
    await attached.channel.setModel('mock-large', never);
    await eventually(() => attached.all('choices').at(-1)!.choices.model === 'mock-large', 'the model');
    await expect(attached.channel.setModel('none', never)).rejects.toMatchObject({ code: 'agent_refused' });
    await attached.turn('!say before');
    await attached.prompt('!exit 0');
    await attached.next('exited');
    await attached.detach();

    const again = (await attach(provider, attachSpec(made, agentSessionId), true))!;
    expect(again.channel).toMatchObject({ how: 'resume', agentSessionId });
    expect(again.channel.choices).toMatchObject({ model: 'mock-large' });
    await again.turn('!say after');
    expect(again.text).toBe('after\n');
    await again.channel.setModel('mock-small', never);
  });

  it('skips a message that is too large to be read, says so, and reads on', async () => {
    const provider = fixture.open();
    const made = fixture.spec();
    await provider.createSandbox(made, never);
    await provider.ensureAgent(made, never);
    const launcher = fixture.sandbox(made.taskId, 'data/sandbox-agent/bin/agent_processes/mock-acp');
    const program = fileURLToPath(new URL('scripted-agent.mjs', import.meta.url));
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${program}'\n`);
    await provider.createSession(made, never);
    const attached = (await attach(provider, attachSpec(made)))!;
    const end = await attached.turn(JSON.stringify([['huge', 40 << 20], ['say', 'after'], ['end']]));
    expect(end.stopReason).toBe('end_turn');
    expect(attached.all('gap')).toMatchObject([{ missing: 1 }]);
    expect(attached.text).toBe('after');
  });
});
