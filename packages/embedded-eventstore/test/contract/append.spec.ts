import { describe, expect, test } from '@jest/globals';
import {
  ANY,
  type AppendExpectedRevision,
  binaryEvent,
  DeadlineExceededError,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, events, failure, unique } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

// With credentials the client sends each append as a call of its own, else all over one call.
describe.each([
  ['batch append', {}],
  ['unary append', { credentials: { username: 'admin', password: 'changeit' } }],
])('%s', (_, options) => {
  const append = (
    stream: string,
    what: Parameters<typeof server.client.appendToStream>[1],
    expectedRevision?: AppendExpectedRevision,
  ) =>
    server.client.appendToStream(stream, what, {
      ...options,
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    });
  const revisions = async (stream: string) =>
    (await collect(server.client.readStream(stream))).map(({ event }) => Number(event!.revision));

  test('gives the revision and the position of the last event', async () => {
    const stream = unique('append');
    const first = await append(stream, events(3));
    const second = await append(stream, events(1));
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 2n });
    expect(second).toMatchObject({ success: true, nextExpectedRevision: 3n });
    const read = await collect(server.client.readStream(stream));
    expect(read[2]!.event!.position).toEqual(first.position);
    expect(read[3]!.event!.position).toEqual(second.position);
    expect(second.position!.commit).toBeGreaterThan(first.position!.commit);
  });

  test('stores what it was given, to the byte', async () => {
    const stream = unique('append');
    const json = jsonEvent({ type: 'json', data: { text: 'CC ‐ 1830 ✓ "\\' }, metadata: { why: 'ünïcode' } });
    const binary = binaryEvent({
      type: 'binary',
      data: Buffer.from([0, 255, 1, 254]),
      metadata: Uint8Array.from([9, 8, 7]),
    });
    const bare = jsonEvent({ type: 'bare', data: 'just a string' });
    const before = Date.now();
    await append(stream, [json, binary, bare]);
    const [first, second, third] = (await collect(server.client.readStream(stream))).map(
      ({ event }) => event!,
    );
    expect(first).toMatchObject({
      id: json.id,
      type: 'json',
      isJson: true,
      data: json.data,
      metadata: json.metadata,
      streamId: stream,
    });
    expect(second).toMatchObject({ id: binary.id, type: 'binary', isJson: false });
    expect([...(second!.data as Uint8Array)]).toEqual([0, 255, 1, 254]);
    expect([...(second!.metadata as Uint8Array)]).toEqual([9, 8, 7]);
    expect(third).toMatchObject({ data: 'just a string', metadata: undefined });
    expect(Math.abs(first!.created.getTime() - before)).toBeLessThan(60_000);
  });

  test.each([['любой ключ/🚀 %20 &?'], ['with spaces and "quotes"'], ['a'.repeat(500)]])(
    'takes the name %s',
    async (name) => {
      const stream = unique(name);
      await append(stream, events(2));
      const read = await collect(server.client.readStream(stream));
      expect(read.map(({ event }) => event!.streamId)).toEqual([stream, stream]);
    },
  );

  describe('expected revision', () => {
    test.each<[string, number, AppendExpectedRevision, boolean]>([
      ['any on no stream', 0, ANY, true],
      ['any on a stream', 3, ANY, true],
      ['no_stream on no stream', 0, NO_STREAM, true],
      ['no_stream on a stream', 3, NO_STREAM, false],
      ['stream_exists on no stream', 0, STREAM_EXISTS, false],
      ['stream_exists on a stream', 3, STREAM_EXISTS, true],
      ['the revision', 3, 2n, true],
      ['an older revision', 3, 1n, false],
      ['a later revision', 3, 5n, false],
      ['revision 0 on no stream', 0, 0n, false],
    ])('%s', async (__, existing, expectedRevision, fits) => {
      const stream = unique('expected');
      if (existing > 0) await append(stream, events(existing));
      if (fits) {
        const result = await append(stream, events(2), expectedRevision);
        expect(result).toMatchObject({ success: true, nextExpectedRevision: BigInt(existing + 1) });
        return;
      }
      const error = await failure(append(stream, events(2), expectedRevision));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({
        streamName: stream,
        expectedVersion: expectedRevision,
        actualVersion: existing > 0 ? BigInt(existing - 1) : 'no_stream',
      });
      if (existing > 0) expect(await revisions(stream)).toHaveLength(existing);
    });

    test('of 20 writers with the same one, one wins', async () => {
      const stream = unique('race');
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => append(stream, events(1), NO_STREAM)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await revisions(stream)).toEqual([0]);
    });
  });

  describe('is idempotent by event id', () => {
    test.each<[string, AppendExpectedRevision]>([
      ['any', ANY],
      ['stream_exists', STREAM_EXISTS],
      ['the revision', 1n],
    ])('with %s', async (__, expectedRevision) => {
      const stream = unique('idempotent');
      await append(stream, events(2));
      const again = events(3);
      const first = await append(stream, again, expectedRevision);
      await append(stream, events(1));
      const second = await append(stream, again, expectedRevision);
      expect(second.nextExpectedRevision).toBe(first.nextExpectedRevision);
      expect(await revisions(stream)).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test('with no_stream', async () => {
      const stream = unique('idempotent');
      const again = events(3);
      await append(stream, again, NO_STREAM);
      await expect(append(stream, again, NO_STREAM)).resolves.toMatchObject({ nextExpectedRevision: 2n });
      expect(await revisions(stream)).toEqual([0, 1, 2]);
    });

    test('for the first part of what was appended', async () => {
      const stream = unique('idempotent');
      const [a, b, c] = events(3);
      await append(stream, [a!, b!, c!], NO_STREAM);
      await expect(append(stream, [a!, b!], NO_STREAM)).resolves.toMatchObject({ nextExpectedRevision: 1n });
      expect(await revisions(stream)).toEqual([0, 1, 2]);
    });

    test.each<[AppendExpectedRevision]>([[ANY], [NO_STREAM]])(
      'but not where only a part matches (%s)',
      async (expectedRevision) => {
        const stream = unique('partial');
        const [a, b, c] = events(3);
        await append(stream, [a!, b!]);
        await expect(append(stream, [a!, c!], expectedRevision)).rejects.toBeInstanceOf(
          WrongExpectedVersionError,
        );
        expect(await revisions(stream)).toEqual([0, 1]);
      },
    );

    test('within a stream only', async () => {
      const event = events(1);
      const [one, two] = [unique('one'), unique('two')];
      await append(one, event);
      await append(two, event);
      expect(await revisions(two)).toEqual([0]);
    });
  });

  test('to a tombstoned stream fails with its name', async () => {
    const stream = unique('tombstoned');
    await append(stream, events(1));
    await server.client.tombstoneStream(stream);
    const error = await failure(append(stream, events(1)));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: stream });
  });

  test('above the limit fails with the limit, and stores nothing', async () => {
    const stream = unique('large');
    const error = await failure(
      append(stream, jsonEvent({ type: 'large', data: 'x'.repeat(2 * 1024 * 1024) })),
    );
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect((error as MaxAppendSizeExceededError).maxAppendSize).toBeGreaterThan(0);
    await append(stream, events(1), NO_STREAM);
  });

  test('of many small events above the limit fails too', async () => {
    const many = Array.from({ length: 3_000 }, () => jsonEvent({ type: 'small', data: 'x'.repeat(500) }));
    const stream = unique('many');
    const error = await failure(append(stream, many));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    await append(stream, events(1), NO_STREAM);
  });

  test('counts its data towards the limit, not its types', async () => {
    const limit = 1024 * 1024;
    const type = 't'.repeat(500);
    const sized = (bytes: number) => binaryEvent({ type, data: new Uint8Array(bytes) });
    await expect(append(unique('exact'), sized(limit))).resolves.toMatchObject({ success: true });
    expect(await failure(append(unique('beyond'), sized(limit + 1)))).toBeInstanceOf(
      MaxAppendSizeExceededError,
    );
  });

  test('is taken as it is, also where it calls JSON what is none', async () => {
    const stream = unique('json');
    const claimed = {
      ...binaryEvent({ type: 'claimed', data: Buffer.from('{nonsense') }),
      contentType: 'application/json',
    };
    await append(stream, claimed as ReturnType<typeof binaryEvent>);
    await expect(append(stream, events(1), 0n)).resolves.toMatchObject({ nextExpectedRevision: 1n });
  });

  test('close to the limit works', async () => {
    const stream = unique('large');
    const text = 'y'.repeat(1_000_000);
    await append(stream, jsonEvent({ type: 'large', data: text }));
    const [read] = await collect(server.client.readStream(stream));
    expect(read!.event!.data).toBe(text);
  });
});

test('an append of nothing changes nothing', async () => {
  const stream = unique('nothing');
  await server.client.appendToStream(stream, events(2));
  await expect(server.client.appendToStream(stream, [])).resolves.toMatchObject({ success: true });
  await expect(collect(server.client.readStream(stream))).resolves.toHaveLength(2);
});

test('a stream of which there is only metadata exists', async () => {
  const stream = unique('implicit');
  await server.client.setStreamMetadata(stream, { maxCount: 10 });
  const result = await server.client.appendToStream(stream, events(1), { expectedRevision: STREAM_EXISTS });
  expect(result.nextExpectedRevision).toBe(0n);
});

test('an append whose deadline has passed fails as such', async () => {
  const error = await failure(server.client.appendToStream(unique('late'), events(30_000), { deadline: 1 }));
  expect(error).toBeInstanceOf(DeadlineExceededError);
});

test('an append in many chunks is one append', async () => {
  const stream = unique('chunks');
  const result = await server.client.appendToStream(stream, events(5_000), { batchAppendSize: 1024 });
  expect(result.nextExpectedRevision).toBe(4_999n);
  const read = await collect(server.client.readStream(stream));
  expect(read.map(({ event }) => (event!.data as { index: number }).index)).toEqual(
    Array.from({ length: 5_000 }, (_, i) => i),
  );
});

test('many appends at once are all answered, each with its own result', async () => {
  const streams = Array.from({ length: 50 }, () => unique('flood'));
  const results = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => server.client.appendToStream(streams[i % 50]!, events(1))),
  );
  expect(results.every(({ success }) => success)).toBe(true);
  const positions = results.map(({ position }) => position!.commit);
  expect(new Set(positions).size).toBe(1_000);
  for (const stream of streams) expect(await collect(server.client.readStream(stream))).toHaveLength(20);
});

test('a failed append does not disturb the others on the call', async () => {
  const stream = unique('mixed');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) =>
      server.client.appendToStream(i % 2 ? stream : unique('other'), events(1), {
        expectedRevision: NO_STREAM,
      }),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(51);
});

test('without throwOnAppendFailure a conflict is a result', async () => {
  const stream = unique('quiet');
  const client = server.connect('throwOnAppendFailure=false');
  await client.appendToStream(stream, events(3));
  await expect(
    client.appendToStream(stream, events(1), { expectedRevision: NO_STREAM }),
  ).resolves.toMatchObject({ success: false });
});
