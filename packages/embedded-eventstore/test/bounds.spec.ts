import { readFileSync } from 'node:fs';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { expect, test } from '@jest/globals';
import { type EventStoreNode } from '@slipway/embedded-eventstore';
import {
  AccessDeniedError,
  binaryEvent,
  END,
  jsonEvent,
  MaxAppendSizeExceededError,
} from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { collect, events, failure, take, until } from './support/events.js';
import { connect, start, temporaryDirectory } from './support/nodes.js';

const MB = 1024 * 1024;

/** Memory that the node has to itself, in bytes; what it maps of its file belongs to the system's cache. */
function privateMemory(node: EventStoreNode): number {
  const kilobytes = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
const onLinux = process.platform === 'linux' ? test : test.skip;

/** A gRPC call by hand; gives the status that it ends with. */
const call = async (
  node: EventStoreNode,
  session: ClientHttp2Session,
  path: string,
  body: Buffer | undefined,
) => String((await trailersOf(node, session, path, body))['grpc-status']);

/** A gRPC call by hand; gives the trailers that it ends with. */
function trailersOf(
  node: EventStoreNode,
  session: ClientHttp2Session,
  path: string,
  body: Buffer | undefined,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'connection-name': new URL(node.url).searchParams.get('connectionName')!,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const status = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) resolve(headers);
    };
    stream.on('response', status).on('trailers', status).on('error', reject).resume();
    if (body) stream.end(body);
    else stream.end();
  });
}

onLinux(
  'readers that stall cost next to no memory, and hold nobody up',
  async () => {
    const node = await start({ dataDir: temporaryDirectory() });
    const client = connect(node);
    const text = 'x'.repeat(10_000);
    const append = async (stream: string) => {
      for (let i = 0; i < 60; i++)
        await client.appendToStream(
          stream,
          Array.from({ length: 100 }, () => jsonEvent({ type: 'large', data: { text } })),
        );
    };
    await append('s');
    await append('t');
    const before = privateMemory(node);
    const stalled = Array.from({ length: 30 }, (_, i) =>
      (i % 2 ? client.subscribeToAll() : client.subscribeToStream('s')).on('error', () => undefined).pause(),
    );
    await take(client.subscribeToStream('s'), 6_000);
    await append('s');
    // Each holds a chunk at most; all that they have not read would be 2 GB.
    expect(privateMemory(node) - before).toBeLessThan(120 * MB);
    for (const each of stalled) await each.unsubscribe();
  },
  120_000,
);

onLinux(
  'memory stays flat under appends',
  async () => {
    const node = await start({ dataDir: temporaryDirectory() });
    const client = connect(node);
    let count = 0;
    const subscription = client.subscribeToAll({ fromPosition: END });
    subscription.on('error', () => undefined).on('data', () => count++);
    const append = async (rounds: number) => {
      for (let i = 0; i < rounds; i++)
        await Promise.all(
          Array.from({ length: 50 }, (_, stream) =>
            client.appendToStream(`soak-${(i * 50 + stream) % 5_000}`, events(10)),
          ),
        );
    };
    await append(60);
    const before = privateMemory(node);
    await append(100);
    expect(privateMemory(node) - before).toBeLessThan(60 * MB);
    await until('the subscriber has them all', () => count === 160 * 50 * 10, 30_000);
    await subscription.unsubscribe();
  },
  180_000,
);

test('a restart takes no longer for many streams and events', async () => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const client = connect(first);
  for (let i = 0; i < 40; i++)
    await Promise.all(
      Array.from({ length: 50 }, (_, stream) => client.appendToStream(`many-${i}-${stream}`, events(10))),
    );
  await first.stop();
  const timed = async (directory: string) => {
    const before = performance.now();
    const node = await start({ dataDir: directory });
    return { node, ms: performance.now() - before };
  };
  const empty = await timed(temporaryDirectory());
  const { node: again, ms } = await timed(dataDir);
  expect(ms).toBeLessThan(empty.ms * 2 + 500);
  await expect(collect(connect(again).readStream('many-7-7'))).resolves.toHaveLength(10);
}, 120_000);

test('what is not offered says so', async () => {
  const client = connect(await start({ inMemory: true }));
  expect(await failure(client.listProjections())).toMatchObject({ code: 12 });
});

test('calls that make no sense fail by themselves', async () => {
  const node = await start({ inMemory: true });
  const session = connectHttp2(`http://127.0.0.1:${node.port}`);
  const read = '/event_store.client.streams.Streams/Read';
  const batch = '/event_store.client.streams.Streams/BatchAppend';
  const tooLarge = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);
  expect(await call(node, session, '/no.such.Service/Method', undefined)).toBe('12');
  expect(await call(node, session, batch, tooLarge)).toBe('8');
  expect(await call(node, session, batch, framed(Buffer.from('hello'), 1))).toBe('8');
  expect(await call(node, session, batch, framed(Buffer.from('hello there, this is no message')))).not.toBe(
    '0',
  );
  expect(await call(node, session, batch, framed(Buffer.alloc(0)))).toBe('3');
  expect(await call(node, session, read, framed(Buffer.alloc(0)))).toBe('3');
  expect(await call(node, session, read, framed(Buffer.from('ffffffff', 'hex')))).not.toBe('0');
  session.close();
  await expect(connect(node).appendToStream('s', events(1))).resolves.toMatchObject({ success: true });
});

/** A message with gRPC's header. */
function framed(payload: Uint8Array, compressed = 0): Buffer {
  const header = Buffer.alloc(5);
  header[0] = compressed;
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

test.each(['type', 'content-type'])('an event without its %s is refused by that name', async (missing) => {
  const node = await start({ inMemory: true });
  const session = connectHttp2(`http://127.0.0.1:${node.port}`);
  const name = new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from('s')));
  const options = new streams.AppendReq.Options().setStreamIdentifier(name).setAny(new shared.Empty());
  const event = new streams.AppendReq.ProposedMessage().setId(
    new shared.UUID().setString(crypto.randomUUID()),
  );
  for (const key of ['type', 'content-type'].filter((each) => each !== missing))
    event.getMetadataMap().set(key, 'x');
  const body = [
    new streams.AppendReq().setOptions(options),
    new streams.AppendReq().setProposedMessage(event),
  ].map((message) => framed(message.serializeBinary()));
  const path = '/event_store.client.streams.Streams/Append';
  expect(await trailersOf(node, session, path, Buffer.concat(body))).toMatchObject({
    'grpc-status': '3',
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': missing,
  });
  session.close();
});

test('appends far above the limits are answered, and hold up nobody', async () => {
  const client = connect(await start({ inMemory: true }));
  const data = (megabytes: number) =>
    Array.from({ length: megabytes }, () => binaryEvent({ type: 'large', data: new Uint8Array(MB) }));
  const metadata = Array.from({ length: 40 }, () =>
    binaryEvent({ type: 'large', data: Buffer.from('x'), metadata: new Uint8Array(MB) }),
  );
  const large = [data(40), data(40), metadata, metadata].map((batch) =>
    failure(client.appendToStream('large', batch, { batchAppendSize: MB })),
  );
  const small = client.appendToStream('small', events(1));
  const [first, second, ...others] = await Promise.all(large);
  for (const error of [first, second]) expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
  for (const error of others) expect((error as Error).message).toMatch(/larger than 16777216 bytes/);
  await expect(small).resolves.toMatchObject({ success: true });
  await expect(client.appendToStream('large', events(1))).resolves.toMatchObject({
    nextExpectedRevision: 0n,
  });
}, 120_000);

test.each([
  ['batch append', {}],
  ['unary append', { credentials: { username: 'admin', password: 'changeit' } }],
])('what cannot be appended is refused by %s, and the next one works', async (_, options) => {
  const client = connect(await start({ inMemory: true }));
  const append = (stream: string, event = events(1)) => client.appendToStream(stream, event, options);
  expect(await failure(append('$all'))).toBeInstanceOf(AccessDeniedError);
  expect(((await failure(append('$$'))) as Error).message).toMatch(/without a name/);
  expect(((await failure(append(''))) as Error).message).toMatch(/stream name is empty/);
  expect(((await failure(append('s', events(1, '')))) as Error).message).toMatch(/has no type/);
  const odd = events(1).map((event) => ({ ...event, id: 'nonsense' }));
  expect(((await failure(append('s', odd))) as Error).message).toMatch(/"nonsense" is not a UUID/);
  await expect(append('s')).resolves.toMatchObject({ nextExpectedRevision: 0n });
});

test('deleting what nobody may write is refused', async () => {
  const client = connect(await start({ inMemory: true }));
  for (const attempt of [client.deleteStream('$all'), client.tombstoneStream('$all')])
    expect(await failure(attempt)).toBeInstanceOf(AccessDeniedError);
});

test('a subscription that starts behind the end of the log is told, and does not wait for ever', async () => {
  const client = connect(await start({ inMemory: true }));
  const { position } = await client.appendToStream('s', events(1));
  const beyond = { commit: position!.commit + 1_000_000n, prepare: position!.prepare + 1_000_000n };
  const error = await failure(take(client.subscribeToAll({ fromPosition: beyond }), 1));
  expect((error as Error).message).toMatch(/InvalidPosition/);
});

test('names and types that are too long are refused, and the next call works', async () => {
  const client = connect(await start({ inMemory: true }));
  expect(((await failure(client.appendToStream('n'.repeat(2_000), events(1)))) as Error).message).toMatch(
    /longer than 1024 bytes/,
  );
  expect(
    ((await failure(client.appendToStream('s', events(1, 't'.repeat(2_000))))) as Error).message,
  ).toMatch(/longer than 1024 bytes/);
  await expect(client.appendToStream('s', events(1))).resolves.toMatchObject({ success: true });
});
