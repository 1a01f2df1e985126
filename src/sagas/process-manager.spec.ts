import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TooBusyError } from '../commands/turns.js';
import type { CommandBus } from '@nestjs/cqrs';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import {
  HISTORIES,
  TASK_ID,
  archiveRequested,
  created,
  killRequested,
  named as taskNamed,
  sandboxCreated,
  stageFailed,
  started,
} from '../../test/support/task-history.js';
import { fold } from '../../test/support/task-spec.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { InFlight } from '../platform/in-flight.js';
import type { ExecutedOnTask } from '../commands/executor.js';
import { readSettings } from '../platform/settings/settings.js';
import { UndecodableEventError } from '../events/codec.js';
import { encode } from '../events/task/fold.js';
import { EventStoreUnavailableError, type GroupMessage, type GroupOptions } from '../store/event-store.js';
import type { StoredEvent } from '../events/stored-event.js';
import { TaskStreams } from '../store/aggregate-streams.js';
import { taskStream, type TaskEvent } from '../events/task/task-events.js';
import { Readiness } from '../platform/readiness.js';
import { orAborted } from '../platform/aborts.js';
import { ProcessManager } from './process-manager.js';
import type { Attempt } from './process.js';
import { provisioning } from './provisioning.js';
import type { NextCommand } from './react.js';

type Execute = (attempt: Attempt<NextCommand>) => Promise<ExecutedOnTask | null>;
const untilStopped: Execute = ({ stop }) => orAborted(new Promise<never>(() => {}), stop);
const OTHER_TASK = TASK_ID.replace('7', '8');

describe('the process manager', () => {
  let clock: VirtualClock;
  let store: InMemoryEventStore;
  let inFlight: InFlight;
  let runner: ProcessManager;
  let deliver: GroupOptions['onMessage'];
  const execute = jest.fn<Execute>();
  /** What the bus was given. */
  const commanded = jest.fn<(command: object) => Promise<void>>();
  /** The attempts so far, as `stage#attempt`. */
  const executed = () =>
    execute.mock.calls.map(
      ([{ next }]) => `${next.type === 'RunStage' ? next.stage : 'further session'}#${next.attempt}`,
    );

  beforeEach(() => {
    clock = new VirtualClock();
    store = new InMemoryEventStore({ now: () => clock.now() });
    jest.spyOn(store, 'joinGroup').mockImplementation(({ onMessage }) => {
      deliver = onMessage;
      return { live: true, stop: () => Promise.resolve() };
    });
    inFlight = new InFlight();
    execute.mockReset().mockResolvedValue(null);
    commanded.mockReset().mockResolvedValue();
    const settings = readSettings({ SLIPWAY_PROVIDER_CONCURRENCY: '1' });
    runner = new ProcessManager(
      [provisioning({ run: execute }, { isKeptWaiting: () => Promise.resolve(false) }, settings)],
      store,
      new TaskStreams(store),
      { execute: commanded } as unknown as CommandBus,
      inFlight,
      new Readiness(),
      clock,
      pino({ level: 'silent' }),
    );
    runner.onApplicationBootstrap();
  });

  /** Stores a history; answers its events. */
  async function stored(history: readonly TaskEvent[], taskId = TASK_ID): Promise<StoredEvent[]> {
    const causation = { commandId: taskId, correlationId: 'c', causationId: 'c', actor: 'test' };
    await store.append(taskStream(taskId), encode(history, causation), 'no_stream');
    return store.log.filter(({ stream }) => stream === taskStream(taskId));
  }
  function message(event: StoredEvent, retryCount = 0) {
    const settled = { ack: jest.fn(), park: jest.fn(), retry: jest.fn() };
    const delivered: GroupMessage = { event, retryCount, ...settled };
    return { delivered, ...settled };
  }
  /** Stores a history and delivers its last event. */
  async function given(history: readonly TaskEvent[], taskId = TASK_ID) {
    const last = message((await stored(history, taskId)).at(-1)!);
    deliver(last.delivered);
    await clock.settle();
    return last;
  }

  it('acknowledges when what follows is done, not before', async () => {
    let done!: (stored: null) => void;
    execute.mockImplementation(() => new Promise((resolve) => (done = resolve)));
    const { ack } = await given([created()]);
    expect(executed()).toEqual(['ensure_name#1']);
    expect(ack).not.toHaveBeenCalled();
    done(null);
    await clock.settle();
    expect(ack).toHaveBeenCalledTimes(1);
  });

  /** What the runner answers when it has stored these events behind that history. */
  const storing = (history: readonly TaskEvent[], ...events: TaskEvent[]): ExecutedOnTask => ({
    events,
    fold: { state: fold([...history, ...events]), revision: BigInt(history.length), position: 1n },
    eventId: (index) => `event ${index}`,
  });

  it('goes on from what it has stored itself, and acknowledges when the run rests', async () => {
    const named = storing([created(), started('ensure_name')], taskNamed(), started('create_sandbox'));
    execute.mockResolvedValueOnce(named);
    const { ack } = await given([created()]);
    expect(executed()).toEqual(['ensure_name#1', 'create_sandbox#1']);
    expect(execute.mock.calls[1]![0].context).toMatchObject({
      causationId: 'event 0',
      atLeastRevision: named.fold.revision,
    });
    expect(ack).toHaveBeenCalledTimes(1);
  });

  it('leaves an attempt that has a time of its own to the message that says so', async () => {
    const soon = new Date(clock.now().getTime() + 5_000).toISOString();
    execute.mockResolvedValueOnce(
      storing([created(), started('ensure_name')], stageFailed('ensure_name', 1, soon)),
    );
    const { ack } = await given([created()]);
    expect(executed()).toEqual(['ensure_name#1']);
    expect(ack).toHaveBeenCalledTimes(1);
  });

  it('finds nothing due in a message whose run has gone on already', async () => {
    const events = await stored([...HISTORIES.init_create_session]);
    const messages = events.map((event) => message(event));
    for (const { delivered } of messages) deliver(delivered);
    await clock.settle();
    expect(executed()).toEqual(['create_session#1']);
    for (const { ack } of messages) expect(ack).toHaveBeenCalledTimes(1);
  });

  it('acknowledges what has nothing to follow', async () => {
    const { ack } = await given([...HISTORIES.init_ensure_agent, stageFailed('ensure_agent')]);
    expect(ack).toHaveBeenCalled();
    expect(execute).not.toHaveBeenCalled();
  });

  it('holds a failed attempt until its time', async () => {
    const soon = new Date(clock.now().getTime() + 5_000).toISOString();
    const { ack } = await given([created(), started('ensure_name'), stageFailed('ensure_name', 1, soon)]);
    await clock.advance(4_999);
    expect(execute).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(executed()).toEqual(['ensure_name#2']);
    expect(ack).toHaveBeenCalled();
  });

  it('settles the newest delivery of a message that comes again meanwhile, and handles it once', async () => {
    const soon = new Date(clock.now().getTime() + 5_000).toISOString();
    const first = await given([created(), started('ensure_name'), stageFailed('ensure_name', 1, soon)]);
    const again = message(first.delivered.event, 1);
    deliver(again.delivered);
    await clock.advance(5_100);
    expect(executed()).toHaveLength(1);
    expect(first.ack).not.toHaveBeenCalled();
    expect(again.ack).toHaveBeenCalledTimes(1);
  });

  it('does not trust what it remembers of a task whose message waited or came before', async () => {
    await given([created()]);
    expect(execute.mock.calls[0]![0].context.atLeastRevision).toBe(0n);
    deliver(message(store.log[0]!, 1).delivered);
    await clock.advance(1_000);
    expect(execute.mock.calls[1]![0].context.atLeastRevision).toBeUndefined();
  });

  it('reads the stream anew for what waited only where no append would find out that it is out of date', async () => {
    let room!: (stored: null) => void;
    execute.mockImplementationOnce(() => new Promise((resolve) => (room = resolve)));
    await given([created()], OTHER_TASK);
    await given([created()]);
    const begun = OTHER_TASK.replace('8', '9');
    const [waiting] = await stored([created(), started('ensure_name')], begun);
    deliver(message(waiting!).delivered);
    await clock.advance(2_000);
    room(null);
    await clock.settle();
    const [, unstarted, underWay] = execute.mock.calls.map(([{ context }]) => context.atLeastRevision);
    expect(unstarted).toBe(0n);
    expect(underWay).toBeUndefined();
  });

  it('interrupts what the task was doing when it is killed, and destroys', async () => {
    execute.mockImplementationOnce(untilStopped);
    const history = [...HISTORIES.init_create_sandbox];
    const events = await stored(history);
    const named = message(events.at(-2)!);
    deliver(named.delivered);
    await clock.settle();
    const causation = { commandId: 'kill', correlationId: 'c', causationId: 'c', actor: 'test' };
    await store.append(taskStream(TASK_ID), encode([killRequested()], causation), BigInt(history.length - 1));
    const kill = message(store.log.at(-1)!);
    deliver(kill.delivered);
    await clock.settle();
    expect(executed()).toEqual(['create_sandbox#1', 'destroy_sandbox#1']);
    expect(named.ack).toHaveBeenCalled();
    expect(kill.ack).toHaveBeenCalled();
  });

  it('goes on with a kill that was stopped by the very request that asked for it', async () => {
    execute.mockImplementationOnce(untilStopped);
    const { ack } = await given([...HISTORIES.running, killRequested()]);
    inFlight.abort(TASK_ID, 'the task is being killed');
    await clock.settle();
    expect(executed()).toEqual(['destroy_sandbox#1', 'destroy_sandbox#1']);
    expect(ack).toHaveBeenCalled();
  });

  it.each([killRequested(), archiveRequested()])(
    'does not let a redelivered $type undo what came of it',
    async (request) => {
      const stage = request.type === 'KillRequested' ? 'destroy_sandbox' : 'release_sandbox';
      const soon = new Date(clock.now().getTime() + 5_000).toISOString();
      const waiting = await given([
        ...HISTORIES.running,
        request,
        started(stage),
        stageFailed(stage, 1, soon),
      ]);
      const old = message(store.log.at(-3)!, 1);
      deliver(old.delivered);
      await clock.advance(6_000);
      expect(executed()[0]).toMatch(/#2$/);
      expect(waiting.ack).toHaveBeenCalled();
      expect(old.ack).toHaveBeenCalled();
    },
  );

  it('does not make a kill wait behind a provider that hangs', async () => {
    execute.mockImplementationOnce(untilStopped);
    await given([created()], OTHER_TASK);
    const events = await stored([created(), killRequested()]);
    const [create, kill] = events.map((event) => message(event));
    deliver(create!.delivered);
    await clock.settle();
    expect(executed()).toEqual(['ensure_name#1']);
    deliver(kill!.delivered);
    await clock.settle();
    expect(executed()).toEqual(['ensure_name#1', 'destroy_sandbox#1']);
    expect(create!.ack).toHaveBeenCalled();
  });

  it.each([
    ['a store that is away', new EventStoreUnavailableError('away')],
    ['a turn at a task that very many change', new TooBusyError('500 others wait')],
  ])('waits as long as it takes for %s', async (_, error) => {
    execute.mockRejectedValue(error);
    const { ack, park } = await given([created()]);
    await clock.advance(60_000);
    expect(execute.mock.calls.length).toBeGreaterThan(100);
    execute.mockResolvedValue(null);
    await clock.advance(1_000);
    expect(park).not.toHaveBeenCalled();
    expect(ack).toHaveBeenCalledTimes(1);
  });

  it('parks what fails three times for no reason that it knows, and goes on with other tasks', async () => {
    execute.mockRejectedValue(new TypeError('undefined is not a function'));
    const { ack, park } = await given([created()]);
    await clock.advance(1_000);
    expect(executed().slice(0, 3)).toEqual(['ensure_name#1', 'ensure_name#1', 'ensure_name#1']);
    expect(commanded.mock.calls[0]![0]).toMatchObject({
      what: { type: 'RunStage', stage: 'ensure_name' },
      failure: { code: 'internal_error', reason: 'undefined is not a function' },
    });
    expect(park).toHaveBeenCalledWith('undefined is not a function');
    expect(ack).not.toHaveBeenCalled();
    execute.mockResolvedValue(null);
    expect((await given([created()], OTHER_TASK)).ack).toHaveBeenCalled();
  });

  it('parks at once what cannot be read', async () => {
    const [event] = await stored([created()]);
    const torn = message({ ...event!, data: { taskId: 7 } });
    deliver(torn.delivered);
    await clock.settle();
    expect(torn.park).toHaveBeenCalledWith(
      expect.stringContaining(`TaskCreated at ${taskStream(TASK_ID)}@0`),
    );
    expect(torn.ack).not.toHaveBeenCalled();
  });

  it('stores that a task is given up whose own stream can be read, and another not', async () => {
    execute.mockRejectedValueOnce(new UndecodableEventError('branch-x holds what is no BranchReserved'));
    const { park } = await given([created()]);
    await clock.settle();
    expect(commanded.mock.calls[0]![0]).toMatchObject({
      what: { type: 'RunStage', stage: 'ensure_name' },
      failure: { code: 'undecodable_event', reason: 'branch-x holds what is no BranchReserved' },
    });
    expect(park).toHaveBeenCalled();
  });

  it('acknowledges what is not about a task', async () => {
    const [event] = await stored([sandboxCreated()]);
    const foreign = message({ ...event!, stream: 'branch-x' });
    deliver(foreign.delivered);
    expect(foreign.ack).toHaveBeenCalled();
  });

  it("rests when another part of the process has begun to stop it: what is under way is everybody's", async () => {
    // In vain again and again would be for ever, for nothing else gets a turn.
    const tracked = jest.spyOn(inFlight, 'track');
    const track = InFlight.prototype.track.bind(inFlight) as typeof inFlight.track;
    tracked.mockImplementation((...of) =>
      tracked.mock.calls.length > 50 ? new Promise(() => {}) : track(...of),
    );
    execute.mockImplementation(untilStopped);
    const running = await given([created()]);
    inFlight.close('the service is shutting down');
    await clock.settle();
    expect(tracked.mock.calls.length).toBe(1);
    await runner.beforeApplicationShutdown();
    expect(running.ack).not.toHaveBeenCalled();
  });

  it('stops at once when the service goes down, and acknowledges nothing that is not done', async () => {
    execute.mockImplementation(untilStopped);
    const running = await given([created()]);
    const queued = await given([created()], OTHER_TASK);
    await runner.beforeApplicationShutdown();
    const late = message(store.log[0]!);
    deliver(late.delivered);
    await clock.settle();
    expect(executed()).toEqual(['ensure_name#1']);
    for (const { ack, park } of [running, queued, late]) {
      expect(ack).not.toHaveBeenCalled();
      expect(park).not.toHaveBeenCalled();
    }
  });
});
