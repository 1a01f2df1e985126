import type { Handler } from '../grpc/server.js';
import { append, type Expected } from '../store/append.js';
import type { ProposedEvent } from '../store/event.js';
import type { Journal } from '../store/journal.js';
import { type BatchChunk, readBatchChunk } from './batchRequest.js';
import { BatchTimeout, encodeFailure, encodeOutcome } from './batchResponse.js';
import { MAX_APPEND_SIZE } from './proposed.js';
import { maximumAppendSizeExceeded } from '../grpc/status.js';

/** Bytes of unanswered appends after which a call is no longer read. */
const MAX_UNANSWERED = 32 * 1024 * 1024;

/** One append of the call, put together from its chunks. */
export interface Batch {
  /** Wire form of its correlation id, sent back as it came. */
  readonly correlation: Buffer;
  readonly stream: string;
  readonly expected: Expected;
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number;
  events: ProposedEvent[];
  /** Bytes of its events. */
  size: number;
  /** Bytes of its messages. */
  received: number;
  failure?: unknown;
}

/** BatchAppend: many appends over one call, each answered once. */
export function batchAppend(journal: Journal): Handler {
  return (call) => {
    const open = new Map<string, Batch>();
    let unanswered = 0;
    let finished = false;
    const endWhenAnswered = () => {
      if (finished && unanswered === 0) call.end();
    };
    const answer = (batch: Batch, response: Buffer) => {
      unanswered -= batch.received;
      call.send(response);
      if (unanswered <= MAX_UNANSWERED) call.pauseReading(false);
      endWhenAnswered();
    };
    call.onEnd = () => {
      finished = true;
      endWhenAnswered();
    };
    call.onMessage = (message) => {
      const chunk = readBatchChunk(message);
      const key = chunk.correlation.toString('latin1');
      const batch = open.get(key) ?? startBatch(chunk);
      extend(batch, chunk, message.length);
      unanswered += message.length;
      if (unanswered > MAX_UNANSWERED) call.pauseReading(true);
      if (!chunk.final) return void open.set(key, batch);
      open.delete(key);
      const fail = (error: unknown) => answer(batch, encodeFailure(batch, error));
      if (batch.failure !== undefined) return fail(batch.failure);
      journal.submit(
        (transaction) => {
          if (transaction.now > batch.deadline) throw new BatchTimeout();
          return append(transaction, batch.stream, batch.expected, batch.events);
        },
        (outcome) => answer(batch, encodeOutcome(batch, outcome)),
        fail,
      );
    };
  };
}

function startBatch(chunk: BatchChunk): Batch {
  const { stream, expected, deadline } = chunk.options ?? { stream: '', expected: 'any', deadline: Infinity };
  return { correlation: chunk.correlation, stream, expected, deadline, events: [], size: 0, received: 0 };
}

function extend(batch: Batch, chunk: BatchChunk, bytes: number): void {
  batch.received += bytes;
  batch.failure ??= chunk.failure;
  if (Date.now() > batch.deadline) batch.failure ??= new BatchTimeout();
  batch.size += chunk.size;
  if (batch.size > MAX_APPEND_SIZE) batch.failure ??= maximumAppendSizeExceeded(MAX_APPEND_SIZE);
  // An append that fails is read to its end, but not kept.
  if (batch.failure !== undefined) batch.events = [];
  else for (const event of chunk.events) batch.events.push(event);
}
