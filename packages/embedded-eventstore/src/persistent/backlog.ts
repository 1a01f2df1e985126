import type { Consumer } from './consumer.js';
import type { Message } from './message.js';
import type { Strategy } from './strategy.js';

/** Bytes that may wait; events beyond them are read later. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The messages of a group that wait for a consumer; those that failed before come first. */
export class Backlog {
  private retry: Message[] = [];
  private ready: Message[] = [];
  private bytes = 0;

  constructor(
    private readonly strategy: Strategy,
    /** Most messages that may wait before more are read. */
    private readonly capacity: number,
  ) {}

  get counts(): { ready: number; retry: number } {
    return { ready: this.ready.length, retry: this.retry.length };
  }

  /** How many more may be read. */
  get room(): number {
    if (this.bytes > MAX_BYTES) return 0;
    return Math.max(0, Math.max(1, this.capacity) - this.ready.length - this.retry.length);
  }

  add(message: Message): void {
    this.bytes += message.size;
    this.ready.push(message);
  }

  again(message: Message): void {
    this.bytes += message.size;
    this.retry.push(message);
  }

  /** Gives out what can be given out and tells how much that was. */
  dispatch(consumers: readonly Consumer[], timeoutMs: number): number {
    const before = this.retry.length + this.ready.length;
    this.retry = this.handOut(this.retry, consumers, timeoutMs);
    this.ready = this.handOut(this.ready, consumers, timeoutMs);
    return before - this.retry.length - this.ready.length;
  }

  private handOut(messages: Message[], consumers: readonly Consumer[], timeoutMs: number): Message[] {
    const left: Message[] = [];
    for (const [index, message] of messages.entries()) {
      if (!consumers.some((consumer) => consumer.hasRoom))
        return index === 0 ? messages : left.concat(messages.slice(index));
      const consumer = this.strategy(consumers, message);
      if (!consumer) {
        // A pinned stream whose consumer is busy; the others need not wait for it.
        left.push(message);
        continue;
      }
      this.bytes -= message.size;
      consumer.send(message, timeoutMs);
    }
    return left;
  }
}
