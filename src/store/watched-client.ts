import type { Socket } from 'node:net';
import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import { Channel, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { within } from '../platform/within.js';

type ConnectorOf = ChannelCredentials['_createSecureConnector'];

/** grpc waits up to two minutes between two attempts to connect; a store that is back is to be found at once. */
const BACK_OFF: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/**
 * Sees to it that what one client does is nothing to another. grpc keeps one connection to an address for all channels of a
 * process, whoever made them, with its back-off; and an attempt to connect that gets no answer has no time limit. So a new
 * client in place of a silent one waited for the very attempt that the old one was stuck in. Here each channel has a
 * connection of its own, and all of a client's connections can be ended.
 */
class DedicatedConnection {
  private readonly sockets = new Set<Socket>();
  private credentials?: OwnCredentials;
  private channel?: Channel;

  /** To be called before the client is used. */
  constructor(client: EventStoreDBClient) {
    const create = client['createChannel'];
    client['createChannel'] = async () => {
      const shared = await create();
      const { credentials, options } = shared['internalChannel'];
      this.credentials ??= new OwnCredentials(credentials, (socket) => this.keep(socket));
      // The one before, if any, the client has closed.
      this.channel = new Channel(shared.getTarget(), this.credentials, { ...options, ...BACK_OFF });
      shared.close();
      return this.channel;
    };
  }

  /** Ends every connection at once, those that are still being made too: whatever waits on them fails now. */
  end(): void {
    this.channel?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }
}

/** Another's credentials, but equal to no other's: connections are shared among equals. */
class OwnCredentials extends ChannelCredentials {
  constructor(
    private readonly credentials: ChannelCredentials,
    private readonly onSocket: (socket: Socket) => void,
  ) {
    super();
  }

  override _isSecure(): boolean {
    return this.credentials._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<ConnectorOf>): ReturnType<ConnectorOf> {
    const connector = this.credentials._createSecureConnector(...args);
    return {
      connect: (socket) => {
        this.onSocket(socket);
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}

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

interface Connected {
  readonly client: EventStoreDBClient;
  readonly connection: DedicatedConnection;
}

/**
 * The client, and another one in its place when its connection is open but silent. The client itself finds
 * that out after 13 s, and then waits for ever for a connection that it tries to make and that stays silent as well.
 */
export class WatchedClient {
  private connected: Connected;
  private silent = new AbortController();
  private timer?: NodeJS.Timeout;
  private watching = false;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {
    this.connected = this.connect();
  }

  /** The client to use now. Who asks for it has it watched: a silent connection would never tell anybody. */
  get current(): EventStoreDBClient {
    this.watch();
    return this.connected.client;
  }

  /** Fires when the present client is given up: whatever was begun on it is to be begun anew. */
  get givenUp(): AbortSignal {
    return this.silent.signal;
  }

  async close(): Promise<void> {
    this.watching = false;
    this.closed = true;
    clearTimeout(this.timer);
    await dispose(this.connected);
  }

  private connect(): Connected {
    const client = EventStoreDBClient.connectionString(withKeepAlive(this.url));
    return { client, connection: new DedicatedConnection(client) };
  }

  private watch(): void {
    if (this.watching || this.closed) return;
    this.watching = true;
    this.beatLater();
  }

  private beatLater(): void {
    this.timer = setTimeout(() => void this.beat(), BEAT_MS).unref();
  }

  private async beat(): Promise<void> {
    let silentFor = 0;
    while (this.watching && !(await this.answers())) {
      if (!this.watching) return;
      silentFor += SILENCE_MS;
      if (silentFor === SILENCE_MS)
        this.log.warn(
          { silentMs: SILENCE_MS },
          'the connection to the event store is silent: making another',
        );
      const old = this.connected;
      // First the new one: what is cancelled on the old is repeated at once.
      this.connected = this.connect();
      const { silent } = this;
      this.silent = new AbortController();
      const disposed = dispose(old);
      silent.abort();
      await disposed;
    }
    if (silentFor > 0 && this.watching)
      this.log.info({ silentForMs: silentFor }, 'the event store answers again');
    if (this.watching) this.beatLater();
  }

  /** An error is an answer as well: the client then connects anew by itself. */
  private async answers(): Promise<boolean> {
    const read = this.connected.client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: 1 });
    let answered = false;
    const answer = new Promise<void>((resolve) => {
      const done = () => {
        answered = true;
        resolve();
      };
      read.on('error', done).on('end', done).resume();
    });
    await waitFor(SILENCE_MS, answer);
    await waitFor(SECOND_LOOK_MS, answer);
    if (!answered) read.cancel().catch(() => undefined);
    return answered;
  }
}

/** The client waits for each of its streams to be finished, and a cancelled one is not always; then its connections end. */
async function dispose({ client, connection }: Connected): Promise<void> {
  await waitFor(DISPOSE_LIMIT_MS, client.dispose());
  connection.end();
}

/** Waits for the work, but not longer than this. */
const waitFor = async (limitMs: number, work: Promise<unknown>): Promise<void> =>
  void (await within(limitMs, work, () => undefined));
