import { describe, expect, test } from '@jest/globals';
import {
  BACKWARDS,
  END,
  NO_STREAM,
  type StreamMetadata,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, events, failure, unique, until } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();
const revisions = async (stream: string, options = {}) =>
  (await collect(server.client.readStream(stream, options))).map(({ event }) => Number(event!.revision));

describe('stream metadata', () => {
  test('comes back as it was set', async () => {
    const stream = unique('metadata');
    const metadata: StreamMetadata<{ kitten: string }> = {
      maxAge: 2,
      cacheControl: 15,
      truncateBefore: 1,
      maxCount: 12,
      kitten: '😾',
      acl: {
        readRoles: ['admin'],
        writeRoles: ['admin'],
        deleteRoles: ['admin'],
        metaReadRoles: ['admin'],
        metaWriteRoles: ['admin'],
      },
    };
    await server.client.setStreamMetadata<{ kitten: string }>(stream, metadata);
    const read = await server.client.getStreamMetadata(stream);
    expect(read).toMatchObject({ streamName: stream, metadata });
    expect(typeof read.metastreamRevision).toBe('bigint');
  });

  test('of a stream without any is undefined', async () => {
    const stream = unique('metadata');
    expect((await server.client.getStreamMetadata(stream)).metadata).toBeUndefined();
    await server.client.appendToStream(stream, events(1));
    expect((await server.client.getStreamMetadata(stream)).metadata).toBeUndefined();
  });

  test('is replaced, not merged, and only the last one is seen', async () => {
    const stream = unique('metadata');
    await server.client.setStreamMetadata(stream, { maxCount: 2, colour: 'red' });
    await server.client.setStreamMetadata(stream, { colour: 'green' });
    expect((await server.client.getStreamMetadata(stream)).metadata).toEqual({ colour: 'green' });
    await expect(revisions(`$$${stream}`)).resolves.toEqual([1]);
  });

  test('is guarded by an expected revision', async () => {
    const stream = unique('metadata');
    await server.client.setStreamMetadata(stream, { maxCount: 2 }, { expectedRevision: NO_STREAM });
    const error = await failure(
      server.client.setStreamMetadata(stream, { maxCount: 3 }, { expectedRevision: NO_STREAM }),
    );
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: `$$${stream}`, actualVersion: 0n });
  });
});

describe('$maxCount', () => {
  test('shows the last events', async () => {
    const stream = unique('count');
    await server.client.setStreamMetadata(stream, { maxCount: 2 });
    await server.client.appendToStream(stream, events(20));
    await expect(revisions(stream)).resolves.toEqual([18, 19]);
    await expect(revisions(stream, { direction: BACKWARDS, fromRevision: END })).resolves.toEqual([19, 18]);
    await expect(revisions(stream, { fromRevision: 19n })).resolves.toEqual([19]);
  });

  test('shows all again when it is taken away', async () => {
    const stream = unique('count');
    await server.client.appendToStream(stream, events(5));
    await server.client.setStreamMetadata(stream, { maxCount: 1 });
    await expect(revisions(stream)).resolves.toEqual([4]);
    await server.client.setStreamMetadata(stream, {});
    await expect(revisions(stream)).resolves.toEqual([0, 1, 2, 3, 4]);
  });
});

describe('$tb', () => {
  test('hides the events before it', async () => {
    const stream = unique('truncate');
    await server.client.appendToStream(stream, events(6));
    await server.client.setStreamMetadata(stream, { truncateBefore: 4 });
    await expect(revisions(stream)).resolves.toEqual([4, 5]);
    await expect(revisions(stream, { direction: BACKWARDS, fromRevision: 3n })).resolves.toEqual([]);
  });

  test('behind the end leaves a stream without events, not a missing one', async () => {
    const stream = unique('truncate');
    await server.client.appendToStream(stream, events(3));
    await server.client.setStreamMetadata(stream, { truncateBefore: 3 });
    await expect(revisions(stream)).resolves.toEqual([]);
    await server.client.appendToStream(stream, events(1));
    await expect(revisions(stream)).resolves.toEqual([3]);
  });
});

describe('$maxAge', () => {
  test('hides events when they have become too old', async () => {
    const stream = unique('age');
    await server.client.setStreamMetadata(stream, { maxAge: 1 });
    await server.client.appendToStream(stream, events(3));
    await expect(revisions(stream)).resolves.toEqual([0, 1, 2]);
    await until('the events are too old', async () => (await revisions(stream)).length === 0);
    await server.client.appendToStream(stream, events(1));
    await expect(revisions(stream)).resolves.toEqual([3]);
  });
});
