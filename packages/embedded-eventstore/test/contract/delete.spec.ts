import { describe, expect, test } from '@jest/globals';
import {
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  type ExpectedRevision,
  END,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, events, failure, unique } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();
// The client passes on stream_exists too, which its types do not know.
type TombstoneRevision = ExpectedRevision;
const revisions = async (stream: string) =>
  (await collect(server.client.readStream(stream))).map(({ event }) => Number(event!.revision));

describe('a deleted stream', () => {
  test('is not found', async () => {
    const stream = unique('deleted');
    await server.client.appendToStream(stream, events(4));
    const { position } = await server.client.deleteStream(stream);
    expect(typeof position!.commit).toBe('bigint');
    expect(await failure(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamNotFoundError);
    expect(
      await failure(collect(server.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }))),
    ).toBeInstanceOf(StreamNotFoundError);
  });

  test.each<[AppendExpectedRevision]>([[ANY], [NO_STREAM], [3n]])(
    'comes back with the next append (%s), and its revisions go on',
    async (expectedRevision) => {
      const stream = unique('reborn');
      await server.client.appendToStream(stream, events(4));
      await server.client.deleteStream(stream);
      const result = await server.client.appendToStream(stream, events(2), { expectedRevision });
      expect(result.nextExpectedRevision).toBe(5n);
      expect(await revisions(stream)).toEqual([4, 5]);
      expect((await server.client.getStreamMetadata(stream)).metadata).toMatchObject({ truncateBefore: 4 });
    },
  );

  test('does not come back with another revision', async () => {
    const stream = unique('reborn');
    await server.client.appendToStream(stream, events(4));
    await server.client.deleteStream(stream);
    const error = await failure(server.client.appendToStream(stream, events(1), { expectedRevision: 1n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
  });

  test('loses all its metadata', async () => {
    const stream = unique('metadata');
    await server.client.setStreamMetadata(stream, { maxCount: 9, colour: 'blue' });
    await server.client.appendToStream(stream, events(1));
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, events(1));
    expect((await server.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 1 });
  });

  test('comes back with new metadata, without its events', async () => {
    const stream = unique('metadata');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    await server.client.setStreamMetadata(stream, { maxCount: 100 });
    expect(await revisions(stream)).toEqual([]);
    expect((await server.client.getStreamMetadata(stream)).metadata).toEqual({
      maxCount: 100,
      truncateBefore: 2,
    });
  });

  test('is gone for those who expect it to exist', async () => {
    const stream = unique('exists');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    const error = await failure(
      server.client.appendToStream(stream, events(1), { expectedRevision: STREAM_EXISTS }),
    );
    expect(error).toBeInstanceOf(StreamDeletedError);
  });

  test('is none for those who expect none: it is deleted once more, or tombstoned', async () => {
    const stream = unique('none');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    await expect(server.client.deleteStream(stream, { expectedRevision: NO_STREAM })).resolves.toBeDefined();
    await expect(
      server.client.tombstoneStream(stream, { expectedRevision: NO_STREAM }),
    ).resolves.toBeDefined();
  });

  test('cannot be tombstoned by who expects it to exist', async () => {
    const stream = unique('exists');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    const error = await failure(
      server.client.tombstoneStream(stream, { expectedRevision: STREAM_EXISTS as ExpectedRevision }),
    );
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: stream });
  });

  test('can be tombstoned', async () => {
    const stream = unique('both');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    await server.client.tombstoneStream(stream);
    expect(await failure(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamDeletedError);
    const error = await failure(server.client.getStreamMetadata(stream));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: `$$${stream}` });
  });

  test('can be deleted again', async () => {
    const stream = unique('twice');
    for (let round = 0; round < 3; round++) {
      await server.client.appendToStream(stream, events(2));
      expect(await revisions(stream)).toEqual([round * 2, round * 2 + 1]);
      await server.client.deleteStream(stream);
    }
  });

  test('is still in $all', async () => {
    const stream = unique('remembered');
    const { position } = await server.client.appendToStream(stream, events(1));
    await server.client.deleteStream(stream);
    const [event] = await collect(server.client.readAll({ fromPosition: position!, maxCount: 1 }));
    expect(event!.event!.streamId).toBe(stream);
  });
});

describe('deleting', () => {
  test('with the revision works', async () => {
    const stream = unique('exact');
    await server.client.appendToStream(stream, events(4));
    await expect(server.client.deleteStream(stream, { expectedRevision: 3n })).resolves.toBeDefined();
    expect(await failure(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamNotFoundError);
  });

  test.each<[ExpectedRevision]>([[2n], [7n], [NO_STREAM]])(
    'with another revision (%s) does not',
    async (expectedRevision) => {
      const stream = unique('exact');
      await server.client.appendToStream(stream, events(4));
      const error = await failure(server.client.deleteStream(stream, { expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({
        streamName: stream,
        expectedVersion: expectedRevision === NO_STREAM ? -1n : expectedRevision,
        actualVersion: 3n,
      });
      expect(await revisions(stream)).toHaveLength(4);
    },
  );

  test('what is missing does not, and names no revision', async () => {
    const stream = unique('missing');
    const error = await failure(server.client.deleteStream(stream, { expectedRevision: 0n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: 0n, actualVersion: -1n });
  });

  test('what exists by its metadata only works', async () => {
    const stream = unique('implicit');
    await server.client.setStreamMetadata(stream, { cacheControl: 10 });
    await expect(server.client.deleteStream(stream, { expectedRevision: NO_STREAM })).resolves.toBeDefined();
  });

  test('what was tombstoned fails', async () => {
    const stream = unique('gone');
    await server.client.appendToStream(stream, events(1));
    await server.client.tombstoneStream(stream);
    for (const again of [server.client.deleteStream(stream), server.client.tombstoneStream(stream)]) {
      const error = await failure(again);
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ streamName: stream });
    }
  });
});

describe('a tombstone', () => {
  test.each<[TombstoneRevision]>([[ANY], [STREAM_EXISTS as ExpectedRevision], [3n]])(
    'ends a stream for ever (%s)',
    async (expectedRevision) => {
      const stream = unique('tombstone');
      await server.client.appendToStream(stream, events(4));
      const { position } = await server.client.tombstoneStream(stream, { expectedRevision });
      expect(await failure(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamDeletedError);
      const error = await failure(server.client.appendToStream(stream, events(1)));
      expect(error).toBeInstanceOf(StreamDeletedError);
      const [marker] = await collect(server.client.readAll({ fromPosition: position!, maxCount: 1 }));
      expect(marker!.event).toMatchObject({ type: '$streamDeleted', streamId: stream });
    },
  );

  test('closes a name that was never used', async () => {
    const stream = unique('tombstone');
    await server.client.tombstoneStream(stream, { expectedRevision: NO_STREAM });
    expect(await failure(collect(server.client.readStream(stream)))).toBeInstanceOf(StreamDeletedError);
  });

  test('leaves the metadata of a stream that never had an event open', async () => {
    const stream = unique('tombstone');
    await server.client.setStreamMetadata(stream, { maxCount: 3 });
    await server.client.tombstoneStream(stream);
    await expect(server.client.setStreamMetadata(stream, { maxCount: 4 })).resolves.toMatchObject({
      success: true,
    });
    expect(await failure(server.client.appendToStream(stream, events(1)))).toBeInstanceOf(StreamDeletedError);
  });

  test.each<[TombstoneRevision]>([[2n], [NO_STREAM]])(
    'with another revision (%s) fails',
    async (expectedRevision) => {
      const stream = unique('tombstone');
      await server.client.appendToStream(stream, events(4));
      const error = await failure(server.client.tombstoneStream(stream, { expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, actualVersion: 3n });
      expect(await revisions(stream)).toHaveLength(4);
    },
  );
});
