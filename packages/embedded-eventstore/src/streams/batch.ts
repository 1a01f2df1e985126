import { invalidArgument } from '../grpc/status.js';
import type { Expected } from '../store/append.js';
import type { ProposedEvent } from '../store/event.js';
import type { BatchChunk } from './batch-request.js';
import { tooLarge } from './proposed.js';

/** One append of the call, put together from its chunks. */
export interface Batch {
  /** Wire form of its correlation id, sent back as it came. */
  readonly correlation: Buffer;
  readonly stream: string;
  readonly expected: Expected;
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number;
  events: ProposedEvent[];
  /** Bytes of its events' data. */
  size: number;
  /** Bytes of its messages; 0 once it has failed, for then they are not kept. */
  received: number;
  failure?: unknown;
}

/** The append's own deadline had passed before it was its turn; it was not written. */
export class BatchTimeout extends Error {}

/** The append that a first chunk begins. */
export function startBatch(chunk: BatchChunk): Batch {
  const { stream, expected, deadline } = chunk.options ?? { stream: '', expected: 'any', deadline: Infinity };
  const failure = chunk.options
    ? undefined
    : (chunk.failure ?? invalidArgument('The append says no options.'));
  const { correlation } = chunk;
  return { correlation, stream, expected, deadline, events: [], size: 0, received: 0, failure };
}

/** Takes a further chunk of `bytes` bytes into the append. */
export function extend(batch: Batch, chunk: BatchChunk, bytes: number): void {
  batch.received += bytes;
  batch.failure ??= chunk.failure;
  if (Date.now() > batch.deadline) batch.failure ??= new BatchTimeout();
  batch.size += chunk.size;
  batch.failure ??= tooLarge(batch.size, batch.received);
  // An append that fails is read to its end, but not kept.
  if (batch.failure !== undefined) [batch.events, batch.received] = [[], 0];
  else for (const event of chunk.events) batch.events.push(event);
}
