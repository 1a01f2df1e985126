import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayClient, type SessionUpdate, type TranscriptEntry } from '@slipway/client';
import { ServiceProcess } from '../../support/service-process.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

/** The service is reached over a network that fails. */
describe('the client in a session', () => {
  let service: ServiceProcess;
  let network: TcpProxy;
  let client: SlipwayClient;

  beforeAll(async () => {
    service = await ServiceProcess.start();
    network = await TcpProxy.to(Number(new URL(service.url).port));
    client = new SlipwayClient({ url: network.through(service.url) });
  });
  afterAll(async () => {
    client.close();
    await network.stop();
    await service.dispose();
  });

  it('follows what is said and done, across lost connections, and finds the same in the transcript', async () => {
    const { taskId, sessionId } = await service.client.createTask({ task: '!say hello', repoRemote: REMOTE });
    const updates: SessionUpdate[] = [];
    const stopping = new AbortController();
    const following = (async () => {
      for await (const update of client.followSession(sessionId, { signal: stopping.signal }))
        updates.push(update);
    })().catch((error: unknown) => error);
    const entries = (): TranscriptEntry[] =>
      updates.flatMap((update) => (update.type === 'entry' ? [update.entry] : []));
    const sees = (what: string, holds: (entry: TranscriptEntry) => boolean) =>
      until(
        () => `${what} among ${JSON.stringify(entries()).slice(-2_000)}`,
        30_000,
        () => entries().some(holds),
      );
    const ended = (promptId: string) =>
      sees('the end of the turn', (entry) => entry.kind === 'turn_ended' && entry.promptId === promptId);

    await sees('the answer', (entry) => entry.kind === 'message' && entry.text.includes('hello'));
    network.resetAll();
    const { promptId } = await service.client.queuePrompt(taskId, sessionId, '!ask May I?\n!say and on');
    await sees('the question', (entry) => entry.kind === 'permission');
    const [question] = (await service.client.listPermissions(taskId, sessionId, { state: 'pending' })).items;
    const { permissionId, options } = question!;
    await until('the task to be listed among those that wait', 20_000, async () => {
      const waiting = { activity: ['waiting_for_permission' as const], needsYou: true };
      return (await service.client.listTasks(waiting)).items.some((task) => task.taskId === taskId);
    });
    network.resetAll();
    await service.client.answerPermission(taskId, sessionId, permissionId, options[0]!.optionId);
    await ended(promptId);

    const { position } = await service.client.getTask(taskId);
    const transcript: TranscriptEntry[] = [];
    for await (const entry of service.client.eachEntry(taskId, sessionId, {
      limit: 3,
      minPosition: position,
    }))
      transcript.push(entry);
    await until('all of it', 20_000, () => entries().length >= transcript.length);
    expect(entries().slice(0, transcript.length)).toEqual(transcript);
    expect(transcript.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['prompt', 'message', 'permission', 'turn_ended']),
    );
    expect(updates.some(({ type }) => type === 'delta')).toBe(true);
    await until('it to be idle', 20_000, async () => {
      const { activity } = await service.client.listTranscript(taskId, sessionId, { limit: 1 });
      return activity === 'idle';
    });

    // It is there for ever.
    await service.client.killTask(taskId, { discardChanges: true });
    await service.waitForStatus(taskId, 'killed');
    await sees('the end', (entry) => entry.kind === 'notice' && entry.code === 'session_ended');
    const after = await service.client.listTranscript(taskId, sessionId, { limit: 200 });
    expect(after.items.slice(0, transcript.length)).toEqual(transcript);
    expect(after.activity).toBe('ended');

    // From its end on as well, a page before the other.
    const backwards: TranscriptEntry[] = [];
    for (let before: string | null | undefined = 'end'; before;) {
      const page = await service.client.listTranscript(taskId, sessionId, { before, limit: 3 });
      expect(page.next).toBeNull();
      backwards.unshift(...page.items);
      before = page.previous;
    }
    expect(backwards).toEqual(after.items);
    await expect(service.client.listTranscript(taskId, sessionId, { before: 'x' })).rejects.toThrow(/before/);
    stopping.abort('enough');
    expect(await following).toBe('enough');
  }, 90_000);
});
