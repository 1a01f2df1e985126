import { GrpcError, Status } from '../grpc/status.js';
import type { Store } from './store.js';
import type { Transaction } from './transaction.js';

interface Entry<T = unknown> {
  decide: (transaction: Transaction) => T;
  done: (outcome: T) => void;
  failed: (error: unknown) => void;
}

/** Decisions that share one commit at most: bounds the time that the first of them waits. */
const MAX_BATCH = 1024;
/** Bytes of events in one commit at most, give or take one append. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/**
 * The only writer. What arrives while a commit is on its way to the disk waits and shares the next one, so the
 * rate of appends is not that of fsyncs. Nothing is answered, not even a conflict, before the state that the
 * answer is built on is on the disk.
 */
export class Journal {
  /** Adds writes to every commit that happens anyway, such as checkpoints. */
  readonly companions = new Set<(transaction: Transaction) => void>();

  private queue: Entry[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly store: Store) {}

  /** Queues a decision; `done` gets what it returned once that is durable, `failed` what it or the disk threw. */
  submit<T>(decide: Entry<T>['decide'], done: Entry<T>['done'], failed: Entry<T>['failed']): void {
    this.queue.push({ decide, done, failed } as Entry);
    this.running ??= this.run();
  }

  /** `submit` as a promise. */
  write<T>(decide: (transaction: Transaction) => T): Promise<T> {
    return new Promise((resolve, reject) => this.submit(decide, resolve, reject));
  }

  /** Resolves when nothing is queued any more. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    // A turn of the event loop, for the other appends that have arrived with this one.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) await this.commitNext();
    this.running = undefined;
  }

  private async commitNext(): Promise<void> {
    const transaction = this.store.begin();
    const answers: (() => void)[] = [];
    const decided: Entry[] = [];
    let taken = 0;
    const enough = transaction.nextPosition + MAX_BATCH_BYTES;
    while (taken < this.queue.length && taken < MAX_BATCH && transaction.nextPosition < enough) {
      const entry = this.queue[taken++]!;
      decided.push(entry);
      try {
        const outcome = entry.decide(transaction);
        answers.push(() => entry.done(outcome));
      } catch (error) {
        answers.push(() => entry.failed(error));
      }
    }
    this.queue = this.queue.slice(taken);
    try {
      if (!transaction.isEmpty) {
        for (const companion of this.companions) companion(transaction);
        await this.store.commit(transaction);
      }
    } catch (error) {
      const failure = await writeFailure(error);
      for (const entry of decided) entry.failed(failure);
      return;
    }
    for (const answer of answers) answer();
    this.store.publish(transaction.events);
  }
}

/** LMDB's error as the client gets it; the real reason hides in a promise of its own. */
async function writeFailure(error: unknown): Promise<GrpcError> {
  const { commitError, message } = error as Error & { commitError?: Promise<never> };
  const reason = await Promise.resolve(commitError).then(
    () => message,
    (cause: Error) => cause.message,
  );
  return new GrpcError(
    Status.RESOURCE_EXHAUSTED,
    `The events could not be written, nothing was stored. The disk may be full. (${reason})`,
  );
}
