import { readFileSync } from 'node:fs';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { expect, test } from '@jest/globals';
import { type EventStoreNode } from '@slipway/embedded-eventstore';
import { END, jsonEvent } from '@eventstore/db-client';
import { collect, events, failure, take, until } from '../../../test/contract/eventstore/support.js';
import { connect, start, temporaryDirectory } from './support.js';

const MB = 1024 * 1024;

/** Memory that the node has to itself, in bytes; what it maps of its file belongs to the system's cache. */
function privateMemory(node: EventStoreNode): number {
  const kilobytes = /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
const onLinux = process.platform === 'linux' ? test : test.skip;

/** A gRPC call by hand; gives the status that it ends with. */
function call(session: ClientHttp2Session, path: string, body: Buffer | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const status = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
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
  const framed = (payload: Buffer, compressed = 0) => {
    const header = Buffer.alloc(5);
    header[0] = compressed;
    header.writeUInt32BE(payload.length, 1);
    return Buffer.concat([header, payload]);
  };
  const read = '/event_store.client.streams.Streams/Read';
  const batch = '/event_store.client.streams.Streams/BatchAppend';
  const tooLarge = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);
  expect(await call(session, '/no.such.Service/Method', undefined)).toBe('12');
  expect(await call(session, batch, tooLarge)).toBe('8');
  expect(await call(session, batch, framed(Buffer.from('hello'), 1))).toBe('8');
  expect(await call(session, batch, framed(Buffer.from('hello there, this is no message')))).not.toBe('0');
  expect(await call(session, batch, framed(Buffer.alloc(0)))).toBe('3');
  expect(await call(session, read, framed(Buffer.alloc(0)))).toBe('3');
  expect(await call(session, read, framed(Buffer.from('ffffffff', 'hex')))).not.toBe('0');
  session.close();
  await expect(connect(node).appendToStream('s', events(1))).resolves.toMatchObject({ success: true });
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
