import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import { HISTORIES, TASK_ID } from '../../../test/support/task-history.js';
import { until } from '../../../test/support/until.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { SessionExecutor, TaskExecutor } from '../../commands/executor.js';
import { encode } from '../../events/task/fold.js';
import { sessionStream } from '../../events/session/session-events.js';
import { taskStream } from '../../events/task/task-events.js';
import { SessionDeltas } from '../../platform/session-deltas.js';
import { SimulatedAgent } from '../../providers/simulated/simulated-agent.js';
import { simulatedScript } from '../../providers/simulated/simulated-script.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { SessionDriver } from './session-driver.js';

/** What a session costs the store: each write and each read is paid for by every task. */
describe('the first turn of a session', () => {
  let clock: VirtualClock;
  let store: InMemoryEventStore;
  let sessionId: string;
  let running: Promise<void>;
  let stop: AbortController;
  const appends: string[][] = [];
  const reads: string[] = [];

  beforeEach(async () => {
    clock = new VirtualClock();
    store = new InMemoryEventStore({ now: () => clock.now() });
    const causation = { commandId: crypto.randomUUID(), correlationId: 'c', causationId: 'c', actor: 'test' };
    const history = HISTORIES.running.map((event) =>
      event.type === 'SessionCreated' ? { ...event, data: { ...event.data, worksInStream: true } } : event,
    );
    await store.append(taskStream(TASK_ID), encode(history, causation), 'no_stream');
    appends.length = reads.length = 0;
    const { append, readStream } = store;
    store.append = (stream, events, expected) => {
      appends.push(events.map(({ type }) => type));
      return append.call(store, stream, events, expected);
    };
    store.readStream = (stream, options) => {
      reads.push(stream);
      return readStream.call(store, stream, options);
    };
    const tasks = new TaskStreams(store);
    const sessions = new SessionStreams(store);
    sessionId = (await tasks.refresh(TASK_ID)).state!.sessionId;
    const agent = new SimulatedAgent(simulatedScript(0), clock, () => true);
    const provider: Pick<SandboxProvider, 'attachSession'> = {
      attachSession: (_, __, signal) => Promise.resolve(agent.channel('i', 'a', 'same', signal)),
    };
    const driver = new SessionDriver(TASK_ID, sessionId, {
      provider: provider as SandboxProvider,
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
    running = driver.run(stop.signal);
    await until('the turn to be told to the task', 20_000, async () => {
      await clock.next();
      return appends.flat().includes('SessionActivityChanged');
    });
  });
  afterEach(async () => {
    stop.abort();
    await running.catch(() => undefined);
  });

  it('is stored in five appends, one of them to its task', () => {
    expect(appends).toEqual([
      ['SessionOpened', 'PromptQueued'],
      ['AgentResumed'],
      ['PromptSent'],
      ['ModeChanged', 'TurnStarted', 'AgentSaid', 'TurnEnded'],
      ['SessionActivityChanged'],
    ]);
  });

  it('reads nothing of a session that it begins, and the end of its task before and after the agent is there', () => {
    expect(reads.filter((stream) => stream === sessionStream(sessionId))).toEqual([]);
    expect(reads.filter((stream) => stream === taskStream(TASK_ID))).toHaveLength(3);
  });
});
