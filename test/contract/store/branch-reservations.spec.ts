import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventStoreNode, startEventStore } from '@slipway/embedded-eventstore';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../../src/platform/clock.js';
import { newContext } from '../../../src/commands/executor.js';
import { BranchReservations } from '../../../src/sagas/stages/branch-reservations.js';
import { encode } from '../../../src/events/task/fold.js';
import type { EventStore } from '../../../src/store/event-store.js';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { TaskStreams } from '../../../src/store/aggregate-streams.js';
import { taskStream, type TaskEvent } from '../../../src/events/task/task-events.js';
import type { Task } from '../../../src/events/task/task-state.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { causation } from '../../support/recorded-tasks.js';
import {
  created,
  killRequested,
  sandboxCreated,
  sandboxDestroyed,
  taskKilled,
} from '../../support/task-history.js';
import { fold } from '../../support/task-spec.js';

const context = newContext('test');

describe.each(['in memory', 'on the embedded node'])('branch reservations %s', (where) => {
  let store: EventStore;
  let node: EventStoreNode | undefined;
  let dataDir: string | undefined;

  beforeAll(async () => {
    if (where === 'in memory') {
      store = new InMemoryEventStore();
      return;
    }
    dataDir = await mkdtemp(join(tmpdir(), 'slipway-branches-'));
    node = await startEventStore({ dataDir, log: () => undefined });
    store = new EventStoreDb(node.url, pino({ level: 'silent' }));
  });
  afterAll(async () => {
    await store.close();
    await node?.stop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  /** As one of several processes has them. */
  const process = () => new BranchReservations(store, new TaskStreams(store), systemClock);

  /** Tasks of a project of their own, as far as the given events have brought them. */
  function project(projectId = randomUUID(), wish: { branchName?: string } = {}) {
    return async (...events: TaskEvent[]): Promise<Task> => {
      const taskId = randomUUID();
      const history = [created({ taskId, projectId, ...wish }), ...events];
      await store.append(taskStream(taskId), encode(history, causation()), 'no_stream');
      return fold(history)!;
    };
  }
  const killed = () => [killRequested(), sandboxDestroyed(), taskKilled()];

  it('give a name to one of many who want it at the same time, and to that one again', async () => {
    const task = project();
    const tasks = await Promise.all(Array.from({ length: 8 }, () => task()));
    for (const how of ['reserve', 'reserveWish'] as const) {
      const name = `fix-${how}`;
      const answers = await Promise.all(tasks.map((one) => process()[how](one, name, context)));
      expect(answers.filter((inTheWay) => inTheWay === null)).toHaveLength(1);
      expect(answers.filter((inTheWay) => inTheWay === name)).toHaveLength(7);
      const owner = tasks[answers.indexOf(null)]!;
      expect(await process()[how](owner, name, context)).toBeNull();
    }
  });

  it('never give what cannot be beside each other, whoever comes first', async () => {
    const task = project();
    const names = ['topic', 'topic/one', 'topic/two', 'topic/one/a', 'topic/one/b', 'topic/one'];
    const wishes = await Promise.all([...names, ...names].map(async (name) => ({ name, of: await task() })));
    const answers = await Promise.all(wishes.map(({ name, of }) => process().reserveWish(of, name, context)));
    const given = wishes.filter((_, index) => answers[index] === null).map(({ name }) => name);
    for (const [index, name] of given.entries()) {
      for (const other of given.filter((_, n) => n !== index))
        expect(`${other}/`.startsWith(`${name}/`)).toBe(false);
    }
  });

  it('name what is in the way, and are no matter of other projects', async () => {
    const [projectId, other] = [randomUUID(), project()];
    const task = project(projectId);
    const wishing = (branchName: string) => project(projectId, { branchName })();
    const branches = process();
    expect(await branches.reserveWish(await wishing('a/b/c'), 'a/b/c', context)).toBeNull();
    expect(await branches.reserveWish(await wishing('a/b'), 'a/b', context)).toBe('a/b/c');
    // Also the task that did not get it is on record: it may be tried again.
    expect(await branches.reserve(await task(), 'a', context)).toBe('a/b');
    expect(await branches.reserveWish(await task(), 'a/b/c/d', context)).toBe('a/b/c');
    expect(await branches.reserveWish(await task(), 'a/b/d', context)).toBeNull();
    expect(await branches.reserveWish(await other(), 'a', context)).toBeNull();
  });

  it('respect those of earlier versions, which are called by the names themselves', async () => {
    const older = new InMemoryEventStore();
    const [projectId, holder] = [randomUUID(), randomUUID()];
    const data = { taskId: holder, projectId, branchName: 'old/one', at: '2026-01-02T03:04:05.678Z' };
    const reserved = () => ({ id: randomUUID(), type: 'BranchReserved', data, metadata: {} });
    await older.append(
      taskStream(holder),
      encode([created({ taskId: holder, projectId, branchName: 'old/one' })], causation()),
      'no_stream',
    );
    for (const part of ['old', 'old/one'])
      await older.append(`branch-${projectId}-${part}`, [reserved()], 'no_stream');
    const task = fold([created({ taskId: randomUUID(), projectId })])!;
    const branches = new BranchReservations(older, new TaskStreams(older), systemClock);
    expect(await branches.reserveWish(task, 'old/one', context)).toBe('old/one');
    expect(await branches.reserveWish(task, 'old', context)).toBe('old/one');
    expect(await branches.reserveWish(task, 'old/one/more', context)).toBe('old/one');
    expect(await branches.reserveWish(task, 'old/two', context)).toBeNull();
    expect(JSON.stringify(older.log.map(({ stream }) => stream))).not.toContain('old/two');
  });

  it('pass on what a task left that was killed before it had a sandbox, to one only', async () => {
    const task = project();
    for (const [left, wanted] of [
      ['wish', 'wish'],
      ['folder', 'folder/one'],
      ['one/branch', 'one'],
    ] as const) {
      const gone = await task(...killed());
      expect(await process().reserveWish(gone, left, context)).toBeNull();
      const heirs = await Promise.all(Array.from({ length: 6 }, () => task()));
      const answers = await Promise.all(heirs.map((heir) => process().reserveWish(heir, wanted, context)));
      expect(answers.filter((inTheWay) => inTheWay === null)).toHaveLength(1);
      // Nor does a worker that was frozen all the time take it back.
      const late = await process().reserveWish(gone, left, context);
      expect(late).not.toBeNull();
    }
  });

  it('keep what a task had a sandbox for, and what one that lives may still need', async () => {
    const task = project();
    const branches = process();
    const [worked, alive] = [await task(sandboxCreated(), ...killed()), await task()];
    expect(await branches.reserveWish(worked, 'worked', context)).toBeNull();
    expect(await branches.reserveWish(alive, 'alive', context)).toBeNull();
    expect(await branches.reserveWish(await task(), 'worked', context)).toBe('worked');
    expect(await branches.reserveWish(await task(), 'alive', context)).toBe('alive');
    expect(await branches.reserve(await task(), 'alive', context)).toBe('alive');
  });
});
