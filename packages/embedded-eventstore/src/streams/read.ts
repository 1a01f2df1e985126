import { setImmediate } from 'node:timers/promises';
import type { GrpcCall } from '../grpc/call.js';
import { frame } from '../grpc/frames.js';
import { shared, streams } from '../grpc/messages.js';
import type { Handler } from '../grpc/server.js';
import { invalidArgument, invalidPosition, streamDeleted } from '../grpc/status.js';
import { isNoRevision, readUint64 } from '../grpc/wire.js';
import type { StoredEvent } from '../store/event.js';
import type { Store } from '../store/store.js';
import { isAbsent, originalOf } from '../store/stream-state.js';
import { encodeEvents } from './encode.js';
import { Filter, readFilter } from './filter.js';
import { checkStreamName } from './proposed.js';
import { streamName } from './remove.js';
import { type ReadOptions, resolveAll } from './read-options.js';
import { subscribeToAll, subscribeToStream } from './subscribe.js';

/** Events taken from the store at a time. */
const CHUNK = 512;

/** Read: of a stream or of `$all`, once or as a subscription. */
export const readCall =
  (store: Store): Handler =>
  (call) => {
    call.onMessage = (message) =>
      call.guard(() => {
        const options = streams.ReadReq.deserializeBinary(message).getOptions();
        if (!options) throw invalidArgument('The read says no options.');
        const read: ReadOptions = {
          resolveLinks: options.getResolveLinks(),
          structuredIds: options.getUuidOption()?.hasStructured() ?? false,
          filter: options.hasFilter() ? new Filter(readFilter(options.getFilter()!)) : undefined,
        };
        const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
        if (options.hasStream()) {
          const stream = options.getStream()!;
          const name = checkStreamName(streamName(stream.getStreamIdentifier()));
          if (stream.hasRevision() && isNoRevision(stream.getRevision()))
            throw invalidArgument(`${stream.getRevision()} is no revision.`);
          const from = stream.hasRevision()
            ? readUint64(stream.getRevision())
            : stream.hasEnd()
              ? 'end'
              : 'start';
          if (options.hasSubscription()) return subscribeToStream(store, call, name, from, read);
          if (from === 'end' && !backwards)
            throw invalidArgument('A stream cannot be read forwards from its end; subscribe to it.');
          return readStream(store, call, name, from, readUint64(options.getCount()), backwards, read);
        }
        const all = options.getAll();
        const from = all?.hasPosition()
          ? readUint64(all.getPosition()!.getCommitPosition())
          : all?.hasEnd()
            ? 'end'
            : 'start';
        if (typeof from === 'number' && !store.isPosition(from)) throw invalidPosition(from);
        if (options.hasSubscription()) return subscribeToAll(store, call, from, read);
        return readAll(store, call, from, readUint64(options.getCount()), backwards, read);
      });
  };

async function readStream(
  store: Store,
  call: GrpcCall,
  name: string,
  from: number | 'start' | 'end',
  count: number,
  backwards: boolean,
  options: ReadOptions,
): Promise<void> {
  const state = store.stream(name);
  if (state?.tombstoned || store.stream(originalOf(name))?.tombstoned) throw streamDeleted(name);
  if (!state || isAbsent(state)) {
    const identifier = new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from(name)));
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier);
    call.send(frame(new streams.ReadResp().setStreamNotFound(notFound).serializeBinary()));
    return call.end();
  }
  // To the head as it was: what is appended meanwhile belongs to the next read.
  const snapshot = { ...state };
  let next = from === 'start' ? 0 : from === 'end' ? snapshot.head : from;
  if (from === 'start' && backwards) next = 0;
  for (let left = count, done = false; left > 0 && !done && !call.closed;) {
    const chunk = store.readStream(snapshot, next, Math.min(left, CHUNK), backwards);
    ({ next, done } = chunk);
    left -= chunk.events.length;
    await sendEvents(store, call, chunk.events, options);
  }
  call.end();
}

async function readAll(
  store: Store,
  call: GrpcCall,
  from: number | 'start' | 'end',
  count: number,
  backwards: boolean,
  options: ReadOptions,
): Promise<void> {
  const end = store.nextPosition;
  let next = from === 'start' ? 0 : from === 'end' ? end : from;
  for (let left = count; left > 0 && !call.closed;) {
    // With a filter what is wanted is unknown before it is looked at.
    const limit = options.filter ? CHUNK : Math.min(left, CHUNK);
    const chunk = backwards ? store.readAllBackwards(next, limit) : store.readAll(next, limit);
    const last = chunk.at(-1);
    if (!last || last.position >= end) {
      const before = chunk.filter((event) => event.position < end);
      await sendEvents(store, call, wanted(before, options).slice(0, left), options);
      break;
    }
    next = backwards ? last.position : last.position + 1;
    const events = wanted(chunk, options).slice(0, left);
    left -= events.length;
    await sendEvents(store, call, events, options);
  }
  call.end();
}

const wanted = (events: StoredEvent[], { filter }: ReadOptions) =>
  filter ? events.filter((event) => filter.accepts(event)) : events;

/** Sends events and waits until the client wants more; gives others a turn in any case. */
async function sendEvents(
  store: Store,
  call: GrpcCall,
  events: readonly StoredEvent[],
  options: ReadOptions,
): Promise<void> {
  if (events.length === 0) return void (await setImmediate());
  call.send(encodeEvents(resolveAll(store, events, options.resolveLinks), options.structuredIds));
  await call.drained();
}
