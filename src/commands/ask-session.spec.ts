import { expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { HISTORIES, TASK_ID } from '../../test/support/task-history.js';
import { encode } from '../events/task/fold.js';
import { taskStream } from '../events/task/task-events.js';
import { systemClock } from '../platform/clock.js';
import { SessionStreams, TaskStreams } from '../store/aggregate-streams.js';
import { AskSessionCommand, AskSessionHandler } from './ask-session.js';
import { causationOf, newContext, SessionExecutor, TaskExecutor } from './executor.js';
import { TooBusyError } from './turns.js';

/** Others are faster, so many times. */
class BusyTasks extends TaskExecutor {
  constructor(
    streams: TaskStreams,
    private times: number,
  ) {
    super(streams, systemClock, Math.random);
  }

  override execute(...call: Parameters<TaskExecutor['execute']>): ReturnType<TaskExecutor['execute']> {
    return this.times-- > 0 ? Promise.reject(new TooBusyError('others are faster')) : super.execute(...call);
  }
}

async function asked(times: number) {
  const store = new InMemoryEventStore();
  await store.append(
    taskStream(TASK_ID),
    encode(HISTORIES.running, causationOf(newContext('test'))),
    'no_stream',
  );
  const tasks = new TaskStreams(store);
  const sessionId = (await tasks.refresh(TASK_ID)).state!.sessionId;
  const sessions = new SessionExecutor(new SessionStreams(store), systemClock, Math.random);
  const handler = new AskSessionHandler(new BusyTasks(tasks, times), sessions, systemClock);
  const wish = { type: 'QueuePrompt', promptId: 'p', text: 'go', by: 'person' } as const;
  const { fold } = await handler.execute(new AskSessionCommand(TASK_ID, sessionId, wish, newContext('api')));
  return { prompts: fold.state!.prompts, task: (await tasks.refresh(TASK_ID)).state! };
}

it('a prompt that is stored is answered as such, however many tell its task of something at that time', async () => {
  const { prompts } = await asked(1_000);
  expect(prompts).toContainEqual(expect.objectContaining({ promptId: 'p', state: 'queued' }));
});

it('and its task is told as soon as that is possible', async () => {
  const { task } = await asked(3);
  expect(task.sessions[0]?.summary?.queuedPrompts).toBeGreaterThan(0);
});
