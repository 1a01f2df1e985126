import { onAbort } from '../abort.js';
import { isPosition } from '../position.js';
import { SlipwayError } from '../slipway-error.js';
import type { LogSource } from '../types.js';
import type { WebSocketClass, WebSocketLike } from '../web-socket.js';
import { reconnectDelay } from './back-off.js';
import { parseFrame } from './server-frame.js';
import {
  Subscriptions,
  type Follower,
  type AnyTopic,
  type LogFollower,
  type SessionFollower,
  type TopicFollower,
} from './subscriptions.js';
import { logTopic, sessionTopic, type Topic } from './topic.js';

/** How the connection is. */
export interface LinkStatus {
  /** `idle`: nothing is followed. `down`: it was lost or could not be made, and comes back by itself. */
  readonly phase: 'idle' | 'connecting' | 'live' | 'down';
  /** How many connections were made: whoever missed something while it was down asks again when it rises. */
  readonly epoch: number;
  /** Epoch milliseconds (of this machine) of the next attempt, while it is down. */
  readonly retryAt: number | null;
  /** Why it is down, for people. */
  readonly reason: string | null;
}

export interface Following {
  /** Up to where the topic is known: the `after` to go on with another time. */
  readonly position: string | undefined;
  stop(): void;
}

export interface FollowOptions {
  /** The position up to which the topic is known. Without it the current records come first. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

/** How long the service may take to take a connection or to answer a frame, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;
/** After so long without a frame, in milliseconds, the service is asked whether it is there. */
const QUIET_LIMIT_MS = 20_000;

/**
 * The one WebSocket for any number of topics. A connection that is lost, also without anybody having been told, comes
 * back by itself and every topic goes on where it was: nothing is missed and nothing comes twice.
 */
export class LiveConnection {
  private socket: WebSocketLike | null = null;
  private readonly topics = new Subscriptions((event, data) => this.send(event, data));
  private readonly watchers = new Set<() => void>();
  private status: LinkStatus = { phase: 'idle', epoch: 0, retryAt: null, reason: null };
  /** Whether it stays open while nothing is followed. */
  private kept = false;
  private failures = 0;
  /** What the present attempt or connection is; another one when that has ended. */
  private turn = {};
  /** Ends a silence, or a pause between attempts. */
  private alarm: ReturnType<typeof setTimeout> | undefined;

  /** @param address tells where to connect, `ws://…/v1/live`, each time anew */
  constructor(
    private readonly address: () => Promise<string>,
    private readonly findClass: () => Promise<WebSocketClass>,
  ) {}

  /** Connects, and stays connected also while nothing is followed. */
  connect(): void {
    this.kept = true;
    if (this.status.phase === 'idle') this.open('connecting');
  }

  /**
   * Follows a topic until `stop` is called or the signal aborts.
   * @throws TypeError when `after` is no position
   */
  follow(topic: Topic, follower: Follower, options: FollowOptions = {}): Following {
    return this.add(topic, follower, options);
  }

  /**
   * Follows what happens in a session until `stop` is called or the signal aborts: its entries from the first one on or,
   * with `after`, those that came after it, and pieces of texts while they are written.
   * @throws TypeError when `after` is no position
   */
  followSession(sessionId: string, follower: SessionFollower, options: FollowOptions = {}): Following {
    return this.add(sessionTopic(sessionId), follower, options);
  }

  /**
   * Follows what the sandbox of a task puts out until `stop` is called or the signal aborts: from the log's beginning or, with
   * `after` (the `next` of a page), from there.
   * @throws TypeError when `after` is no position
   */
  followLog(
    taskId: string,
    source: LogSource,
    follower: LogFollower,
    options: FollowOptions = {},
  ): Following {
    return this.add(logTopic(taskId, source), follower, options);
  }

  private add(topic: AnyTopic, follower: TopicFollower, { after, signal }: FollowOptions): Following {
    if (after !== undefined && !isPosition(after))
      throw new TypeError(`"after" must be a position, a decimal string from a record or a frame: ${after}`);
    const member = this.topics.add(topic, follower, after);
    if (this.status.phase === 'idle') this.open('connecting');
    const stop = () => {
      forget();
      this.topics.remove(member);
      if (this.topics.isEmpty && !this.kept) this.rest();
    };
    let forget = () => {};
    forget = onAbort(signal, stop);
    return {
      get position() {
        return member.position;
      },
      stop,
    };
  }

  /** Calls whenever the status changes. Answers what ends that. */
  readonly onStatus = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly getStatus = (): LinkStatus => this.status;

  /** Tries at once instead of at the end of the pause. */
  connectNow(): void {
    if (this.status.phase !== 'down' || this.status.retryAt === null) return;
    this.failures = 0;
    this.open('down');
  }

  /** For when the machine was asleep or has changed networks: a connection may be dead without anybody having been told. */
  check(): void {
    this.connectNow();
    if (this.status.phase === 'live' && this.topics.owed === 0) this.topics.probe();
  }

  /** Ends it. Whoever still follows something is told `client_closed`. */
  close(): void {
    this.kept = false;
    this.topics.refuseAll(new SlipwayError({ code: 'client_closed', detail: 'The client was closed.' }));
    this.rest();
  }

  private open(phase: 'connecting' | 'down'): void {
    const turn = (this.turn = {});
    this.change({ ...this.status, phase, retryAt: null });
    this.setAlarm(ANSWER_LIMIT_MS, () => this.lost('the service does not take the connection'));
    Promise.all([this.findClass(), this.address()])
      .then(([WebSocket, address]) => {
        if (turn === this.turn) this.use(new WebSocket(address), turn);
      })
      // There is no WebSocket here, nobody is let in with this token, or the address is none for it: that does not change by waiting.
      .catch((error: unknown) => {
        if (turn !== this.turn) return;
        if (isPassing(error)) this.lost(error.detail);
        else this.giveUp(error);
      });
  }

  private use(socket: WebSocketLike, turn: object): void {
    this.socket = socket;
    let failure = '';
    socket.onopen = () => {
      this.change({ phase: 'live', epoch: this.status.epoch + 1, retryAt: null, reason: null });
      this.topics.connectionBegan();
      this.expectFrame();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (turn === this.turn) this.receive(data);
    };
    socket.onerror = (event: { message?: string }) => (failure = event.message ?? '');
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      if (turn === this.turn) this.lost(reason || failure || `the connection ended with code ${code}`);
    };
  }

  private receive(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === null) return this.lost('the service sent a frame that makes no sense');
    // A server that accepts and then turns away is not yet one that works.
    this.failures = 0;
    const turn = this.turn;
    this.topics.receive(frame);
    if (turn !== this.turn) return;
    this.expectFrame();
    if (this.topics.isEmpty && !this.kept) this.rest();
  }

  /** A service that owes an answer, or has been quiet for long, may be gone without a word. */
  private expectFrame(): void {
    if (this.topics.owed > 0) this.setAlarm(ANSWER_LIMIT_MS, () => this.lost('the service does not answer'));
    else this.setAlarm(QUIET_LIMIT_MS, () => this.topics.probe());
  }

  private lost(reason: string): void {
    this.letGo();
    const delay = reconnectDelay(++this.failures);
    this.setAlarm(delay, () => this.open('down'));
    this.change({ ...this.status, phase: 'down', retryAt: Date.now() + delay, reason });
  }

  private giveUp(cause: unknown): void {
    this.rest();
    const error =
      cause instanceof SlipwayError
        ? cause
        : new SlipwayError({
            code: 'no_websocket',
            detail: `No WebSocket: ${String(cause)}`,
            cause,
          });
    this.topics.refuseAll(error);
  }

  /** Nothing is followed. */
  private rest(): void {
    this.letGo();
    this.failures = 0;
    if (this.status.phase !== 'idle')
      this.change({ ...this.status, phase: 'idle', retryAt: null, reason: null });
  }

  private letGo(): void {
    const { socket } = this;
    this.socket = null;
    this.turn = {};
    clearTimeout(this.alarm);
    this.topics.connectionEnded();
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // It may complain of being closed so early.
    socket.onerror = () => {};
    if (socket.terminate) socket.terminate();
    else socket.close();
  }

  private send(event: string, data: object): void {
    this.socket?.send(JSON.stringify({ event, data }));
    // Further questions do not put off the answer to the first.
    if (this.topics.owed === 1) this.expectFrame();
  }

  private setAlarm(ms: number, ring: () => void): void {
    clearTimeout(this.alarm);
    this.alarm = setTimeout(ring, ms);
  }

  private change(status: LinkStatus): void {
    this.status = status;
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** The service is away, or does not know for the moment: that may change by waiting. */
const isPassing = (error: unknown): error is SlipwayError =>
  error instanceof SlipwayError && error.code !== 'no_websocket' && error.status !== 401;
