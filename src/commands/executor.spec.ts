import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { systemClock } from '../platform/clock.js';
import { SessionStreams } from '../store/aggregate-streams.js';
import { CommandRefusedError } from './command-refused.js';
import { MOST_QUEUED } from './decide-session.js';
import { newContext, SessionExecutor } from './executor.js';

const SESSION_ID = '7a1f0e52-33c4-4f4e-8d5f-0a6b1c2d3e4f';
const AT = '2026-01-02T03:04:05.000Z';

async function withProcesses(count: number) {
  const store = new InMemoryEventStore();
  let conflicts = 0;
  const append = store.append.bind(store);
  store.append = (...call) =>
    append(...call).catch((error: unknown) => {
      conflicts++;
      throw error;
    });
  const processes = Array.from(
    { length: count },
    () => new SessionExecutor(new SessionStreams(store), systemClock, Math.random),
  );
  await processes[0]!.execute(
    SESSION_ID,
    {
      type: 'Open',
      at: AT,
      sessionId: SESSION_ID,
      taskId: 'ba5d9a3c-6c1b-4c66-9c5d-1f0a3b7e2d41',
      workspaceId: 'w',
      agentType: 'mock',
      permissionPolicy: 'ask',
    },
    newContext('test'),
  );
  /** Asks so many prompts at once, of the processes in turn; answers what became of each. */
  const askMany = async (many: number) =>
    Promise.all(
      Array.from({ length: many }, (_, n) =>
        processes[n % count]!.execute(
          SESSION_ID,
          { type: 'QueuePrompt', promptId: `p${n}`, text: `${n}`, by: 'person', at: AT },
          newContext('test'),
        ).then(
          () => 'queued',
          (error: unknown) => (error instanceof CommandRefusedError ? error.code : error),
        ),
      ),
    );
  const queue = async () =>
    (await new SessionStreams(store).refresh(SESSION_ID)).state!.prompts.map(({ promptId }) => promptId);
  return { askMany, queue, conflicts: () => conflicts };
}

describe('commands for one session, asked at once', () => {
  it('of one process are all carried out, in the order of asking, with no append in vain', async () => {
    const { askMany, queue, conflicts } = await withProcesses(1);
    const outcomes = await askMany(MOST_QUEUED + 5);
    expect(outcomes.slice(0, MOST_QUEUED)).toEqual(Array(MOST_QUEUED).fill('queued'));
    expect(outcomes.slice(MOST_QUEUED)).toEqual(Array(5).fill('too_many_prompts'));
    expect(await queue()).toEqual(Array.from({ length: MOST_QUEUED }, (_, n) => `p${n}`));
    expect(conflicts()).toBe(0);
  });

  it('of several processes are carried out as well: they come back apart from each other', async () => {
    const { askMany, queue, conflicts } = await withProcesses(4);
    expect(await askMany(80)).toEqual(Array(80).fill('queued'));
    expect([...(await queue())].sort()).toEqual(Array.from({ length: 80 }, (_, n) => `p${n}`).sort());
    expect(conflicts()).toBeGreaterThan(0);
  });
});
