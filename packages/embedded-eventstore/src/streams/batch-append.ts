import type { Handler } from '../grpc/server.js';
import { GrpcError, Status } from '../grpc/status.js';
import { append } from '../store/append.js';
import type { Journal } from '../store/journal.js';
import { type Batch, BatchTimeout, extend, startBatch } from './batch.js';
import { readBatchChunk } from './batch-request.js';
import { encodeFailure, encodeOutcome } from './batch-response.js';

/** Bytes of whole, unanswered appends after which a call is no longer read. */
const MAX_UNANSWERED = 32 * 1024 * 1024;
/** Bytes of appends of which a part is still to come; more fail. Those cannot wait: their end would wait with them. */
const MAX_INCOMPLETE = 64 * 1024 * 1024;

/** BatchAppend: many appends over one call, each answered once. */
export function batchAppend(journal: Journal): Handler {
  return (call) => {
    const open = new Map<string, Batch>();
    let unanswered = 0;
    let incomplete = 0;
    let unfinished = 0;
    let finished = false;
    const endWhenAnswered = () => {
      if (finished && unfinished === 0) call.end();
    };
    const answer = (batch: Batch, response: Buffer) => {
      unanswered -= batch.received;
      unfinished--;
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
      incomplete -= batch.received;
      if (incomplete + batch.received + message.length > MAX_INCOMPLETE) batch.failure ??= tooMuchAtOnce();
      extend(batch, chunk, message.length);
      if (!chunk.final) {
        incomplete += batch.received;
        return void open.set(key, batch);
      }
      open.delete(key);
      unanswered += batch.received;
      unfinished++;
      if (unanswered > MAX_UNANSWERED) call.pauseReading(true);
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

const tooMuchAtOnce = () =>
  new GrpcError(
    Status.RESOURCE_EXHAUSTED,
    `More than ${MAX_INCOMPLETE} bytes of unfinished appends on one call.`,
  );
