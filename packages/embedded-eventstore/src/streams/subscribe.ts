import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { GrpcCall } from '../grpc/call.js';
import { frame } from '../grpc/frames.js';
import { streams } from '../grpc/messages.js';
import { streamDeleted } from '../grpc/status.js';
import { type StoredEvent, TOMBSTONE_REVISION } from '../store/event.js';
import type { Store } from '../store/store.js';
import { encodeEvents } from './encode.js';
import { type ReadOptions, resolveAll } from './read-options.js';

/** Events taken from the store at a time. */
const CHUNK = 512;

/** A place to read from: the next events, if there are any, moving on. */
interface Source {
  /** Undefined when there is nothing left for now. */
  next(): StoredEvent[] | undefined;
  /** Whether a commit may concern it. */
  concerns(events: readonly StoredEvent[]): boolean;
}

/** Sends all events after `from`, then each as it is committed, until the client leaves. */
export function subscribeToAll(
  store: Store,
  call: GrpcCall,
  from: number | 'start' | 'end',
  options: ReadOptions,
): void {
  let next = from === 'start' ? 0 : from === 'end' ? store.nextPosition : from + 1;
  const { filter } = options;
  let considered = 0;
  const source: Source = {
    concerns: () => true,
    next: () => {
      const events = store.readAll(next, CHUNK);
      if (events.length === 0) return undefined;
      next = events.at(-1)!.position + 1;
      return events;
    },
  };
  const send = (events: StoredEvent[]) => {
    if (!filter) return sendEvents(events);
    let passed: StoredEvent[] = [];
    for (const event of events) {
      if (filter.accepts(event)) passed.push(event);
      if (++considered < filter.checkpointEvery) continue;
      considered = 0;
      sendEvents(passed);
      passed = [];
      call.send(checkpoint(event.position));
    }
    sendEvents(passed);
  };
  const sendEvents = (events: StoredEvent[]) => {
    if (events.length > 0)
      call.send(encodeEvents(resolveAll(store, events, options.resolveLinks), options.structuredIds));
  };
  follow(store, call, source, send);
}

/** Sends all events of a stream after `from`, then each as it is committed. */
export function subscribeToStream(
  store: Store,
  call: GrpcCall,
  name: string,
  from: number | 'start' | 'end',
  options: ReadOptions,
): void {
  if (store.stream(name)?.tombstoned) throw streamDeleted(name);
  let next = from === 'start' ? 0 : from === 'end' ? (store.stream(name)?.head ?? -1) + 1 : from + 1;
  let ended = false;
  const source: Source = {
    concerns: (events) => events.some((event) => event.stream === name),
    next: () => {
      const state = store.stream(name);
      if (ended) throw streamDeleted(name);
      if (!state) return undefined;
      if (next <= state.head) {
        const chunk = store.readStream(state, next, CHUNK);
        next = chunk.next;
        return chunk.events;
      }
      if (!state.tombstoned) return undefined;
      // The last that a subscriber gets of a stream is the event that ends it.
      ended = true;
      return [store.at(state, TOMBSTONE_REVISION)!];
    },
  };
  follow(store, call, source, (events) => {
    if (events.length > 0)
      call.send(encodeEvents(resolveAll(store, events, options.resolveLinks), options.structuredIds));
  });
}

/**
 * Confirms, catches up, says so, and goes on with every commit. It is never ahead of the client by more than one
 * chunk: while the client does not read, nothing is read for it.
 */
function follow(store: Store, call: GrpcCall, source: Source, send: (events: StoredEvent[]) => void): void {
  let busy = false;
  let live = false;
  const pump = async () => {
    if (busy) return;
    busy = true;
    while (!call.closed) {
      const events = source.next();
      if (!events) {
        if (!live) call.send(caughtUp());
        live = true;
        break;
      }
      send(events);
      await call.drained();
      if (!live) await setImmediate();
    }
    busy = false;
  };
  const onCommit = (events: readonly StoredEvent[]) => {
    if (source.concerns(events)) call.guard(pump);
  };
  store.listeners.add(onCommit);
  call.onClose(() => store.listeners.delete(onCommit));
  call.send(confirmation(randomUUID()));
  call.guard(pump);
}

function confirmation(id: string): Buffer {
  const confirmed = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id);
  return frame(new streams.ReadResp().setConfirmation(confirmed).serializeBinary());
}

const caughtUp = () =>
  frame(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()).serializeBinary());

function checkpoint(position: number): Buffer {
  const reached = new streams.ReadResp.Checkpoint();
  reached.setCommitPosition(String(position)).setPreparePosition(String(position));
  return frame(new streams.ReadResp().setCheckpoint(reached).serializeBinary());
}
