import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import type { Logger } from 'pino';

/** So often the connection is asked for a sign of life, in milliseconds. */
const BEAT_MS = 2_000;
/** Without an answer for so long, the connection counts as silent. A new one with 2 s of latency answers after 4. */
const SILENCE_MS = 5_000;
/** A process that was frozen or busy finds its clock advanced before it finds the answer that is there already. */
const SECOND_LOOK_MS = 250;
/** How long letting go of a client may take, in milliseconds. */
const DISPOSE_LIMIT_MS = 500;

/** A connection string with a keep-alive that gives a silent connection up after 3 s instead of the usual 10. */
function withKeepAlive(url: string): string {
  if (/keepAliveInterval/i.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=10000&keepAliveTimeout=3000`;
}

/**
 * The client, and another one in its place when its connection is open but silent. The client itself finds
 * that out after 13 s, and then waits up to 20 s for each connection that it tries to make.
 */
export class WatchedClient {
  private client: EventStoreDBClient;
  private silent = new AbortController();
  private timer?: NodeJS.Timeout;
  private watching = false;

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {
    this.client = this.connect();
  }

  /** The client to use now. */
  get current(): EventStoreDBClient {
    return this.client;
  }

  /** Fires when the present client is given up: whatever was begun on it is to be begun anew. */
  get givenUp(): AbortSignal {
    return this.silent.signal;
  }

  /** From now on asks for signs of life. For those who only listen: a silent connection would never tell them. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    this.beatLater();
  }

  async close(): Promise<void> {
    this.watching = false;
    clearTimeout(this.timer);
    await dispose(this.client);
  }

  private connect(): EventStoreDBClient {
    return EventStoreDBClient.connectionString(withKeepAlive(this.url));
  }

  private beatLater(): void {
    this.timer = setTimeout(() => void this.beat(), BEAT_MS).unref();
  }

  private async beat(): Promise<void> {
    while (this.watching && !(await this.answers())) {
      if (!this.watching) return;
      this.log.warn({ silentMs: SILENCE_MS }, 'the connection to the event store is silent: making another');
      const old = this.client;
      // First the new one: what is cancelled on the old is repeated at once.
      this.client = this.connect();
      const { silent } = this;
      this.silent = new AbortController();
      const disposed = dispose(old);
      silent.abort();
      await disposed;
    }
    if (this.watching) this.beatLater();
  }

  /** An error is an answer as well: the client then connects anew by itself. */
  private async answers(): Promise<boolean> {
    const read = this.client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: 1 });
    let answered = false;
    const answer = new Promise<void>((resolve) => {
      const done = () => {
        answered = true;
        resolve();
      };
      read.on('error', done).on('end', done).resume();
    });
    await within(SILENCE_MS, answer);
    await within(SECOND_LOOK_MS, answer);
    if (!answered) read.cancel().catch(() => undefined);
    return answered;
  }
}

/** The client waits for each of its streams to be finished, and a cancelled one is not always. */
const dispose = (client: EventStoreDBClient): Promise<void> => within(DISPOSE_LIMIT_MS, client.dispose());

/** Waits for the work, but not longer than this. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
