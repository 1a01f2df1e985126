import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../../src/platform/clock.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import type { AttachSpec } from '../../../src/providers/session-channel.js';
import { createSimulatedProvider } from '../../../src/providers/simulated/simulated-provider.js';
import { Attached } from './attached.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider();
let dir: string;
const opens: SandboxProvider[] = [];
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'slipway-sessions-'))));
afterAll(async () => {
  await Promise.all(opens.map((provider) => provider.close()));
  rmSync(dir, { recursive: true, force: true });
});
const simulated = () => {
  const provider = createSimulatedProvider({ file: join(dir, 'sandboxes') });
  opens.push(provider);
  return provider;
};
const detaches: (() => void)[] = [];
afterEach(() => detaches.splice(0).forEach((detach) => detach()));

const ADAPTERS: [string, () => SandboxProvider][] = [
  ['local', () => fixture.open()],
  ['simulated', simulated],
];

const attach = async (provider: SandboxProvider, spec: AttachSpec, start = false, after = 0) => {
  const over = new AbortController();
  detaches.push(() => over.abort());
  const channel = await provider.attachSession(spec, { start }, over.signal);
  return channel && new Attached(channel, over, after);
};

/** Every provider whose sessions people work in keeps these promises. */
describe.each(ADAPTERS)('a session of the %s provider that is worked in', (_, open) => {
  const opened = async () => {
    const provider = open();
    const made = fixture.spec();
    const { agentSessionId } = await fixture.provision(provider, made);
    const spec: AttachSpec = { ...made, agentSessionId, recap: async () => 'What was said.' };
    const attached = (await attach(provider, spec))!;
    return { provider, spec, attached, agentSessionId };
  };

  it('is opened without a prompt, tells what it can be set to, and works on one prompt after the other', async () => {
    const { provider, spec, attached, agentSessionId } = await opened();
    expect(attached.channel).toMatchObject({ how: 'same', agentSessionId });
    const { choices } = await attached.next('choices');
    expect(choices.modes!.map(({ id }) => id)).toEqual(['ask', 'auto']);
    expect(choices.models).toHaveLength(2);
    expect(await attached.turn('Look around')).toMatchObject({ stopReason: 'end_turn' });
    expect(attached.text).not.toBe('');
    const [first, second] = [await attached.prompt('!sleep 50', '!say 1'), await attached.prompt('!say 2')];
    await attached.next('turn_ended', 3);
    expect(
      attached
        .all('turn_ended')
        .map(({ promptId }) => promptId)
        .slice(1),
    ).toEqual([first, second]);
    expect(attached.text).toMatch(/1\n2\n$/);
    const opens = await provider.openedSessions(never);
    expect(opens).toContainEqual({ taskId: spec.taskId, sessionId: spec.sessionId });
  });

  it('is not listed once its sandbox was released, until the agent is ensured again, and is then taken up', async () => {
    const { provider, spec, attached } = await opened();
    await attached.turn('!say before');
    await attached.detach();
    const isListed = async () =>
      (await provider.openedSessions(never)).some(({ sessionId }) => sessionId === spec.sessionId);
    await provider.releaseSandbox(spec.taskId, never);
    expect(await isListed()).toBe(false);
    for (let times = 0; times < 2; times++) await provider.ensureAgent(spec, never);
    expect(await isListed()).toBe(true);
    expect(await attach(provider, spec)).toBeNull();
    const again = (await attach(provider, spec, true))!;
    expect(again.channel).toMatchObject({ how: 'load', agentSessionId: attached.channel.agentSessionId });
    expect(await again.turn('!say after')).toMatchObject({ stopReason: 'end_turn' });
  });

  it('has its permissions answered, two at once, and one cancelled', async () => {
    const { attached } = await opened();
    const first = attached.turn('!write a.txt one');
    const asked = await attached.next('permission');
    expect(asked).toMatchObject({ title: 'Write a.txt', isEdit: true });
    await attached.channel.answer(asked.requestId, 'allow', never);
    await first;
    const second = attached.turn('!ask One | Two');
    const [one, two] = [await attached.next('permission', 2), await attached.next('permission', 3)];
    await attached.channel.answer(two.requestId, 'reject', never);
    await attached.channel.answer(one.requestId, 'allow', never);
    await second;
    expect(attached.text).toContain('One: allow\nTwo: reject\n');
    const third = attached.turn('!ask Three', '!say never');
    await attached.channel.answer((await attached.next('permission', 4)).requestId, null, never);
    expect(await third).toMatchObject({ stopReason: 'cancelled' });
  });

  it('tells of a refusal, of a request that nobody serves, and of its settings', async () => {
    const { attached } = await opened();
    expect(await attached.turn('!refuse -32000 log in')).toMatchObject({
      stopReason: 'failed',
      failure: { code: -32000, message: 'log in' },
    });
    await attached.turn('!elicit');
    expect(attached.all('unserved')).toMatchObject([{ method: 'elicitation/create' }]);
    await attached.channel.setMode('auto', never);
    await expect(attached.channel.setMode('none', never)).rejects.toMatchObject({ code: 'agent_refused' });
    await eventually(() => attached.all('choices').length === 2, 'the change');
    await attached.turn('!run true');
    expect(attached.all('permission')).toEqual([]);
  });

  it('is attended to by one at a time, and read on by the next where the first stopped', async () => {
    const { spec, attached } = await opened();
    await attached.turn('!flood 300');
    const waiting = attach(open(), spec, false, 100);
    let isAttached = false;
    void waiting.then(() => (isAttached = true));
    await pause(600);
    expect(isAttached).toBe(false);
    await attached.detach();
    const next = (await waiting)!;
    await next.next('turn_ended');
    expect(next.events).toEqual(attached.events.filter(({ cursor }) => cursor > 100));
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

  it('is not listed when its sandbox is released, and is taken up again after that', async () => {
    const { provider, spec, attached } = await opened();
    await attached.turn('!say before');
    await provider.releaseSandbox(spec.taskId, never);
    await attached.next('exited');
    await attached.detach();
    const listed = async () =>
      (await provider.openedSessions(never)).some(({ sessionId }) => sessionId === spec.sessionId);
    expect(await listed()).toBe(false);
    const again = (await attach(provider, spec, true))!;
    expect(again.channel.how).toBe('load');
    expect(await listed()).toBe(true);
  });
});
