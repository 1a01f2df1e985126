import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CommandBus } from '@nestjs/cqrs';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import { HISTORIES, TASK_ID, archiveRequested } from '../../../test/support/task-history.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { TaskExecutor } from '../../commands/executor.js';
import { GiveUpHandler, type GiveUp } from '../../commands/give-up.js';
import { encode } from '../../events/task/fold.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { orAborted } from '../../platform/aborts.js';
import { InFlight } from '../../platform/in-flight.js';
import { Readiness } from '../../platform/readiness.js';
import { readSettings } from '../../platform/settings/settings.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import type { GroupMessage, GroupOptions } from '../../store/event-store.js';
import { ProcessManager } from '../process-manager.js';
import type { Attempt } from '../process.js';
import { provisioning } from '../provisioning.js';
import { deliveries } from './deliveries.js';
import type { RunAction } from './react-action.js';

const OTHER_TASK = TASK_ID.replace('7', '8');
const ACTION = '55555555-5555-4555-8555-555555555555';

const requested = (actionId = ACTION): TaskEvent => ({
  type: 'PushRequested',
  data: { actionId, includeUncommitted: true, force: false, at: '2026-01-02T03:05:00.000Z' },
});

/** Both processes under one manager: a stage that hangs beside the actions that are tried here. */
describe('the actions of tasks', () => {
  let clock: VirtualClock;
  let store: InMemoryEventStore;
  let streams: TaskStreams;
  let inFlight: InFlight;
  let manager: ProcessManager;
  let groups: Map<string, GroupOptions>;
  const run = jest.fn<(attempt: Attempt<RunAction>) => Promise<null>>();
  const hangs = ({ stop }: { stop: AbortSignal }) => orAborted(new Promise<never>(() => {}), stop);

  beforeEach(() => {
    clock = new VirtualClock();
    store = new InMemoryEventStore({ now: () => clock.now() });
    groups = new Map();
    jest.spyOn(store, 'joinGroup').mockImplementation((options) => {
      groups.set(options.group, options);
      return { live: true, stop: () => Promise.resolve() };
    });
    streams = new TaskStreams(store);
    inFlight = new InFlight();
    run.mockReset().mockResolvedValue(null);
    const giveUp = new GiveUpHandler(new TaskExecutor(streams, clock, () => 0.5), clock);
    const settings = readSettings({ SLIPWAY_ACTION_CONCURRENCY: '2' });
    manager = new ProcessManager(
      [
        provisioning({ run: hangs }, { isKeptWaiting: () => Promise.resolve(false) }, settings),
        deliveries({ run }, settings),
      ],
      store,
      streams,
      { execute: (command: GiveUp) => giveUp.execute(command) } as unknown as CommandBus,
      inFlight,
      new Readiness(),
      clock,
      pino({ level: 'silent' }),
    );
    manager.onApplicationBootstrap();
  });

  async function stored(
    taskId: string,
    events: readonly TaskEvent[],
    expected: bigint | 'no_stream' = 'no_stream',
  ) {
    const causation = {
      commandId: `${taskId}/${expected}`,
      correlationId: 'c',
      causationId: 'c',
      actor: 'test',
    };
    await store.append(taskStream(taskId), encode(events, causation), expected);
    return store.log.at(-1)!;
  }
  /** Delivers the last event stored to the group that wants it. */
  async function deliver(retryCount = 0) {
    const event = store.log.at(-1)!;
    const settled = { ack: jest.fn(), park: jest.fn(), retry: jest.fn() };
    const message: GroupMessage = { event, retryCount, ...settled };
    for (const { types, onMessage } of groups.values()) if (types.includes(event.type)) onMessage(message);
    await clock.settle();
    return settled;
  }
  async function asked(taskId = TASK_ID) {
    await stored(taskId, [...HISTORIES.running, requested()]);
    return deliver();
  }
  const actionOf = async (taskId: string) => (await streams.refresh(taskId)).state!.actions[0]!;

  it('that fail by a bug are given up in their record before their message is parked, and others go on', async () => {
    run.mockImplementation(({ taskId }) =>
      taskId === TASK_ID ? Promise.reject(new TypeError('x is not a function')) : Promise.resolve(null),
    );
    const buggy = await asked();
    await clock.advance(1_000);
    expect(run).toHaveBeenCalledTimes(3);
    expect(await actionOf(TASK_ID)).toMatchObject({
      state: 'error',
      error: { code: 'internal_error', reason: 'x is not a function' },
      message: 'x is not a function',
    });
    expect(buggy.park).toHaveBeenCalledWith('x is not a function');
    expect(buggy.ack).not.toHaveBeenCalled();
    expect((await streams.refresh(TASK_ID)).state!.error).toBeNull();
    expect((await asked(OTHER_TASK)).ack).toHaveBeenCalled();
  });

  it('wait for no stage, one at a time each task and as many as are allowed in all', async () => {
    run.mockImplementation(hangs);
    await stored(OTHER_TASK, [...HISTORIES.init_enqueue_provision]);
    await deliver();
    await asked();
    expect(run).toHaveBeenCalledTimes(1);
    const second = TASK_ID.replace('7', '9');
    await asked(second);
    await asked(TASK_ID.replace('7', 'a'));
    expect(run.mock.calls.map(([{ taskId }]) => taskId)).toEqual([TASK_ID, second]);
  });

  it('are tried again at their time, and not at all where the task was archived meanwhile', async () => {
    const inAMinute = new Date(clock.now().getTime() + 60_000).toISOString();
    const at = clock.now().toISOString();
    const failed: TaskEvent = {
      type: 'PushFailed',
      data: {
        actionId: ACTION,
        attempt: 1,
        code: 'hosting_unavailable',
        reason: 'Busy',
        nextAttemptAt: inAMinute,
        at,
      },
    };
    const [waiting, overtaken] = [
      await stored(TASK_ID, [...HISTORIES.running, requested(), failed]).then(() => deliver()),
      await stored(OTHER_TASK, [...HISTORIES.running, requested(), failed]).then(() => deliver()),
    ];
    await clock.advance(59_000);
    expect(run).not.toHaveBeenCalled();
    const { revision } = await streams.refresh(OTHER_TASK);
    await stored(OTHER_TASK, [archiveRequested()], revision);
    inFlight.abort(OTHER_TASK, 'the task is being archived');
    await clock.settle();
    expect(overtaken.ack).toHaveBeenCalledTimes(1);
    expect(waiting.ack).not.toHaveBeenCalled();
    await clock.advance(1_000);
    expect(run.mock.calls.map(([{ taskId, next }]) => [taskId, next.attempt])).toEqual([[TASK_ID, 2]]);
    expect(waiting.ack).toHaveBeenCalledTimes(1);
  });

  it('stop at once when the service goes down, and what is not done is left to the next', async () => {
    run.mockImplementation(hangs);
    const messages = [await asked(), await asked(OTHER_TASK)];
    await manager.beforeApplicationShutdown();
    expect(run.mock.calls.map(([{ stop }]) => stop.aborted)).toEqual([true, true]);
    for (const { ack, park } of messages) {
      expect(ack).not.toHaveBeenCalled();
      expect(park).not.toHaveBeenCalled();
    }
    expect((await actionOf(TASK_ID)).state).toBe('requested');
  });
});
