import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import { HISTORIES, TASK_ID } from '../../../test/support/task-history.js';
import { until } from '../../../test/support/until.js';
import { causationOf, newContext, SessionExecutor, TaskExecutor } from '../../commands/executor.js';
import type { SessionCommand } from '../../commands/session-commands.js';
import { TooBusyError } from '../../commands/turns.js';
import { ProviderError } from '../../events/provider-error.js';
import { encode } from '../../events/task/fold.js';
import { taskStream } from '../../events/task/task-events.js';
import { systemClock } from '../../platform/clock.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { AgentTeller } from './agent-teller.js';
import { SessionDesk } from './session-desk.js';

/** Others are faster, so many times. */
class BusySessions extends SessionExecutor {
  times = 0;
  override execute(...call: Parameters<SessionExecutor['execute']>): ReturnType<SessionExecutor['execute']> {
    return this.times-- > 0 ? Promise.reject(new TooBusyError('500 others wait')) : super.execute(...call);
  }
}

describe('what people want of an agent', () => {
  const told: string[] = [];
  const setMode = jest.fn<SessionChannel['setMode']>();
  const note = (what: string) => () => (told.push(what), Promise.resolve());
  const channel = {
    instance: 'agent-a',
    agentSessionId: 'a',
    setMode,
    cancel: note('cancel'),
    answer: note('answer'),
    prompt: note('prompt'),
  } as unknown as SessionChannel;
  let executor: BusySessions;
  let desk: SessionDesk;
  let sessions: SessionStreams;
  let attached: AbortController;
  let serving: Promise<void> | undefined;
  const at = () => new Date().toISOString();
  const run = (command: SessionCommand) => desk.execute(command);
  const serve = () => {
    const tools = { clock: systemClock, log: pino({ level: 'silent' }) };
    serving = new AgentTeller(desk, channel, () => false, tools).serve(attached);
  };
  const stored = async () => (await sessions.events(desk.sessionId)).map(({ type }) => type);

  beforeEach(async () => {
    told.length = 0;
    setMode.mockReset();
    attached = new AbortController();
    const store = new InMemoryEventStore();
    await store.append(
      taskStream(TASK_ID),
      encode(HISTORIES.running, causationOf(newContext('test'))),
      'no_stream',
    );
    const tasks = new TaskStreams(store);
    sessions = new SessionStreams(store);
    const { sessionId } = (await tasks.refresh(TASK_ID)).state!;
    executor = new BusySessions(sessions, systemClock, Math.random);
    desk = new SessionDesk(TASK_ID, sessionId, {
      tasks,
      sessions,
      taskExecutor: new TaskExecutor(tasks, systemClock, Math.random),
      executor,
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
    await run({
      type: 'Open',
      sessionId,
      taskId: TASK_ID,
      workspaceId: 'w',
      agentType: 'mock',
      permissionPolicy: 'ask',
      modeId: 'plan',
      at: at(),
    });
    await desk.attach({ ...channel, choices: undefined });
  });
  afterEach(async () => {
    attached.abort(new Error('over'));
    await serving;
    await desk.note.settle();
  });

  it('and that it refuses, is said, and wanted no more', async () => {
    setMode.mockRejectedValue(new ProviderError('agent_refused', 'no such mode', { retryable: false }));
    serve();
    await until('the refusal', 5_000, async () => (await stored()).includes('SettingRefused'));
    expect((await sessions.refresh(desk.sessionId)).state).toMatchObject({ wishedMode: null });
  });

  it('and that was interrupted, is still wanted by whoever attends next', async () => {
    setMode.mockImplementation(async () => {
      attached.abort(new Error('the service is shutting down'));
      throw new Error('the service is shutting down');
    });
    serve();
    await serving;
    expect(setMode).toHaveBeenCalledTimes(1);
    expect(await stored()).not.toContain('SettingRefused');
    expect((await sessions.refresh(desk.sessionId)).state).toMatchObject({ wishedMode: 'plan' });
  });

  it('stops also work that no turn is known of: the cancel comes before the answer to its question', async () => {
    setMode.mockResolvedValue();
    const asked = { type: 'permission', permissionId: 'q1', requestId: '0', title: 'May I?' } as const;
    const facts = [{ ...asked, options: [], isEdit: false, cursor: 1 }];
    await run({ type: 'Record', instance: 'agent-a', after: 0, facts, at: at() });
    await run({ type: 'Cancel', by: 'person', at: at() });
    serve();
    await until('the answer', 5_000, () => told.includes('answer'));
    expect(told).toEqual(['cancel', 'answer']);
  });

  it('goes on when very many others change the session: that is no reason to let go of the agent', async () => {
    setMode.mockResolvedValue();
    executor.times = 3;
    await run({ type: 'QueuePrompt', promptId: 'p1', text: 'go', by: 'person', at: at() });
    serve();
    await until('the prompt', 5_000, () => told.includes('prompt'));
    expect(attached.signal.aborted).toBe(false);
  });
});
