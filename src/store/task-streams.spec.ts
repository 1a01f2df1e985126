import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { TASK_ID, created, named, started } from '../../test/support/task-history.js';
import { UndecodableEventError } from '../events/codec.js';
import { encode } from '../events/task/fold.js';
import { taskStream } from '../events/task/task-events.js';
import { NO_TASK } from '../events/task/task-state.js';
import { EventStoreUnavailableError, WrongExpectedRevisionError } from './event-store.js';
import { TaskStreams } from './aggregate-streams.js';

const causation = (commandId: string) => ({
  commandId,
  correlationId: 'c',
  causationId: 'c',
  actor: 'test',
});

describe('task streams', () => {
  let store: InMemoryEventStore;
  let ours: TaskStreams;
  /** Another process. */
  let theirs: TaskStreams;
  beforeEach(() => {
    store = new InMemoryEventStore();
    ours = new TaskStreams(store);
    theirs = new TaskStreams(store);
  });

  it('answer an append with the fold, which is the one that a reader of the stream has', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    const second = await ours.append(TASK_ID, first, [started('ensure_name'), named()], causation('2'));
    expect(second).toMatchObject({ revision: 2n, state: { stage: 'create_sandbox' } });
    expect(await theirs.refresh(TASK_ID)).toEqual(second);
  });

  it('say in the metadata of every event whose it is, and take one of before that as well', async () => {
    await store.append(taskStream(TASK_ID), encode([created()], causation('1')), 'no_stream');
    const first = await ours.refresh(TASK_ID);
    await ours.append(TASK_ID, first, [started('ensure_name'), named()], causation('2'));
    const said = [];
    for await (const { metadata } of store.readStream(taskStream(TASK_ID))) said.push(metadata.workspaceId);
    expect(said).toEqual([undefined, first.state!.workspaceId, first.state!.workspaceId]);
  });

  it('read nothing as long as what is kept is new enough', async () => {
    const reading = jest.spyOn(store, 'readStream');
    const appended = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    expect(await ours.load(TASK_ID, 0n)).toBe(appended);
    expect(reading).not.toHaveBeenCalled();
  });

  it('read only what is missing', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    await theirs.append(TASK_ID, first, [started('ensure_name')], causation('2'));
    const reading = jest.spyOn(store, 'readStream');
    expect(await ours.load(TASK_ID, 1n)).toMatchObject({ revision: 1n, state: { started: true } });
    expect(reading).toHaveBeenCalledWith(taskStream(TASK_ID), { from: 1n });
  });

  it('refuse an append behind a fold that is out of date', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    await theirs.append(TASK_ID, first, [started('ensure_name')], causation('2'));
    await expect(ours.append(TASK_ID, first, [named()], causation('3'))).rejects.toThrow(
      WrongExpectedRevisionError,
    );
  });

  it('know no fold any more after an append of which nobody knows whether it was stored', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    const append = store.append.bind(store);
    jest.spyOn(store, 'append').mockImplementationOnce(async (...args) => {
      await append(...args);
      throw new EventStoreUnavailableError('the answer was lost');
    });
    await expect(ours.append(TASK_ID, first, [started('ensure_name')], causation('2'))).rejects.toThrow(
      EventStoreUnavailableError,
    );
    expect(await ours.load(TASK_ID, 0n)).toMatchObject({ revision: 1n, state: { started: true } });
  });

  it('never go back to an older fold', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    const slow = ours.refresh(TASK_ID);
    const newer = await ours.append(TASK_ID, first, [started('ensure_name')], causation('2'));
    await slow;
    expect(ours.cached(TASK_ID)).toBe(newer);
  });

  it('skip types that are not ours and refuse what cannot be read', async () => {
    const first = await ours.append(TASK_ID, NO_TASK, [created()], causation('1'));
    const foreign = { id: 'f', type: 'TaskApplauded', data: {}, metadata: {} };
    await store.append(taskStream(TASK_ID), [foreign], 0n);
    expect(await ours.refresh(TASK_ID)).toMatchObject({ revision: 1n, state: first.state });
    await store.append(taskStream(TASK_ID), [{ ...foreign, id: 'g', type: 'TaskNamed' }], 1n);
    await expect(theirs.refresh(TASK_ID)).rejects.toThrow(UndecodableEventError);
  });

  it('are empty for a task that is not there', async () =>
    expect(await ours.load(TASK_ID, -1n)).toEqual(NO_TASK));
});
