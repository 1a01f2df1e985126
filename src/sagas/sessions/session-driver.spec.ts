import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import { HISTORIES, TASK_ID, archiveRequested } from '../../../test/support/task-history.js';
import { until } from '../../../test/support/until.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { SessionExecutor, TaskExecutor } from '../../commands/executor.js';
import { encode } from '../../events/task/fold.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { SessionDeltas } from '../../platform/session-deltas.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { SessionDriver } from './session-driver.js';

describe('a driver', () => {
  let store: InMemoryEventStore;
  const attachSession = jest.fn<SandboxProvider['attachSession']>();
  const releaseSandbox = jest.fn<SandboxProvider['releaseSandbox']>();
  let driver: SessionDriver;
  let stop: AbortController;
  const end = jest.fn(() => Promise.resolve());
  const channel = { instance: 'agent-a', agentSessionId: 'a', how: 'load', end } as unknown as SessionChannel;

  const append = async (...events: TaskEvent[]) => {
    const causation = { commandId: crypto.randomUUID(), correlationId: 'c', causationId: 'c', actor: 'test' };
    const revision = store.log.findLast(({ stream }) => stream === taskStream(TASK_ID))?.revision;
    await store.append(taskStream(TASK_ID), encode(events, causation), revision ?? 'no_stream');
  };
  const startsAsked = () => attachSession.mock.calls.map(([, { start }]) => start);

  beforeEach(async () => {
    const clock = new VirtualClock();
    store = new InMemoryEventStore({ now: () => clock.now() });
    end.mockClear();
    attachSession.mockReset().mockResolvedValue(null);
    releaseSandbox.mockReset().mockResolvedValue();
    const tasks = new TaskStreams(store);
    const sessions = new SessionStreams(store);
    await append(...HISTORIES.running);
    const sessionId = (await tasks.refresh(TASK_ID)).state!.sessionId;
    driver = new SessionDriver(TASK_ID, sessionId, {
      provider: { attachSession, releaseSandbox } as unknown as SandboxProvider,
      tasks,
      sessions,
      taskExecutor: new TaskExecutor(tasks, clock, Math.random),
      executor: new SessionExecutor(sessions, clock, Math.random),
      deltas: new SessionDeltas(),
      clock,
      log: pino({ level: 'silent' }),
      permissionDeadlineMs: 0,
      recapOf: () => Promise.resolve(''),
      inTurn: (look) => look(),
    });
    stop = new AbortController();
  });

  it('starts the agent of a task that runs', async () => {
    const running = driver.run(stop.signal);
    await until('an attachment', 5_000, () => startsAsked().length > 0);
    expect(startsAsked()).toEqual([true]);
    stop.abort();
    await running.catch(() => undefined);
  });

  it('starts none for a task that is being archived: nothing would end it', async () => {
    await append(archiveRequested());
    const running = driver.run(stop.signal);
    await until('an attachment', 5_000, () => startsAsked().length > 0);
    expect(startsAsked()).toEqual([false]);
    stop.abort();
    await running.catch(() => undefined);
  });

  it('ends what it started when the task was archived meanwhile', async () => {
    attachSession.mockImplementationOnce(async () => {
      await append(archiveRequested());
      return channel;
    });
    const running = driver.run(stop.signal);
    await until('the release', 5_000, () => releaseSandbox.mock.calls.length > 0);
    expect(end).toHaveBeenCalledTimes(1);
    stop.abort();
    await running.catch(() => undefined);
  });
});
