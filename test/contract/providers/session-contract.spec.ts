import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pause } from '../../../src/platform/clock.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import type { AgentEvent, AttachSpec, SessionChannel } from '../../../src/providers/session-channel.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

type EventOf<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;
type Spec = ReturnType<ReturnType<typeof useLocalProvider>['spec']>;

const fixture = useLocalProvider({ 'README.md': '# Here\n' });
const detaches: (() => void)[] = [];
afterEach(() => detaches.splice(0).forEach((detach) => detach()));

/** Attached to a session, with all that its agent does. */
class Attached {
  readonly events: AgentEvent[] = [];
  readonly channel: SessionChannel;
  readonly over: AbortController;
  readonly done: Promise<void>;

  constructor(channel: SessionChannel, over: AbortController, after = 0) {
    this.channel = channel;
    this.over = over;
    this.done = (async () => {
      for await (const event of channel.events(after, over.signal)) this.events.push(event);
    })();
  }

  async prompt(...lines: string[]): Promise<string> {
    const promptId = randomUUID();
    await this.channel.prompt(promptId, lines.join('\n'), never);
    return promptId;
  }

  all<T extends AgentEvent['type']>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  async next<T extends AgentEvent['type']>(type: T, count = 1): Promise<EventOf<T>> {
    return eventually(() => this.all(type)[count - 1], `event ${count} "${type}"`);
  }

  async turn(...lines: string[]): Promise<EventOf<'turn_ended'>> {
    const promptId = await this.prompt(...lines);
    return eventually(
      () => this.all('turn_ended').find((event) => event.promptId === promptId),
      `the end of ${lines.join()}`,
    );
  }

  get text(): string {
    return this.all('said')
      .map(({ text }) => text)
      .join('');
  }

  async detach(): Promise<void> {
    this.over.abort(new Error('detached'));
    await this.done;
  }
}

const attachSpec = (spec: Spec, agentSessionId: string | null = null): AttachSpec => ({
  ...spec,
  agentSessionId,
  recap: async () => '!exit 9\nWhat was said.',
});
const attach = async (provider: SandboxProvider, spec: AttachSpec, start = false, after = 0) => {
  const over = new AbortController();
  detaches.push(() => over.abort());
  const channel = await provider.attachSession!(spec, { start }, over.signal);
  return channel && new Attached(channel, over, after);
};
const opened = async () => {
  const provider = fixture.open();
  const spec = fixture.spec({ prompt: undefined as never });
  const { agentSessionId } = await fixture.provision(provider, spec);
  const attached = (await attach(provider, attachSpec(spec, agentSessionId)))!;
  return { provider, spec: attachSpec(spec, agentSessionId), attached, agentSessionId };
};

describe('a session that is worked in', () => {
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
    const opens = await provider.openedSessions!(never);
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

  it('is cancelled in its sleep and with a permission open, and goes on then', async () => {
    const { attached } = await opened();
    for (const line of ['!sleep 600000', '!ask Something']) {
      const turn = attached.turn('!say begun', line);
      await eventually(() => attached.text.endsWith('begun\n'), 'its beginning');
      await attached.channel.cancel(never);
      expect(await turn).toMatchObject({ stopReason: 'cancelled' });
      await attached.turn('!say next');
    }
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

  it('ends with its agent, and is taken up again by another with what it knew', async () => {
    const { provider, spec, attached, agentSessionId } = await opened();
    await attached.turn('!say remember');
    await attached.prompt('!exit 7');
    expect(await attached.next('exited')).toMatchObject({ reason: 'The agent ended with exit code 7.' });
    await attached.done;
    await attached.detach();
    expect(await attach(provider, spec)).toBeNull();
    const again = (await attach(provider, spec, true))!;
    expect(again.channel).toMatchObject({ how: 'load', agentSessionId, choices: { modeId: 'ask' } });
    expect(again.channel.instance).not.toBe(attached.channel.instance);
    await again.turn('!say next');
    // What it replayed is no news.
    expect(again.text).toBe('next\n');
    await again.channel.end(never);
    await again.next('exited');
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

  it('is not listed when its sandbox is released, and is taken up again after that', async () => {
    const { provider, spec, attached } = await opened();
    await attached.turn('!say before');
    await provider.releaseSandbox(spec.taskId, never);
    await attached.next('exited');
    await attached.detach();
    const listed = async () =>
      (await provider.openedSessions!(never)).some(({ sessionId }) => sessionId === spec.sessionId);
    expect(await listed()).toBe(false);
    const again = (await attach(provider, spec, true))!;
    expect(again.channel.how).toBe('load');
    expect(await listed()).toBe(true);
  });

  it('is attended to by one at a time, and read on by the next where the first stopped', async () => {
    const { spec, attached } = await opened();
    const prompt = attached.prompt('!flood 5000 1000');
    await eventually(() => attached.all('said').length > 500, 'a beginning');
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
    expect(numbers).toBe(Array.from({ length: 5000 }, (_, i) => `<${i + 1}>`).join(''));
  });

  it('says what is missing where nobody read more than the agent server keeps', async () => {
    const { spec, attached } = await opened();
    await attached.prompt('!flood 3000 100000', '!say end');
    await attached.detach();
    await eventually(async () => {
      const { messages } = await fixture.open().readSession({ ...spec, prompt: undefined }, never);
      return messages.at(-1)?.text.endsWith('end\n');
    }, 'the end');
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
    for (const pid of (await markedProcesses()).get(spec.taskId) ?? []) process.kill(pid, 'SIGKILL');
    expect(await attached.next('exited')).toMatchObject({ reason: expect.stringContaining('server') });
  });
});
