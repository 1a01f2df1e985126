import { isAfter } from '../api/position.js';
import type { TaskRecord } from '../api/types.js';
import { reconnectDelay } from './back-off.js';

/** `epoch` counts the connections that were made: whoever missed something while it was down asks again when it rises. */
export interface LinkStatus {
  readonly phase: 'connecting' | 'live' | 'down';
  readonly epoch: number;
  /** Epoch milliseconds (of this machine) of the next attempt, while it is down. */
  readonly retryAt: number | null;
}

/** What comes over the connection. */
export interface LiveListener {
  task(task: TaskRecord): void;
  /** What is known of the topic is to be forgotten; its current records follow. */
  reset(topic: string): void;
}

interface Frame {
  readonly event: string;
  readonly data: { readonly topic?: string; readonly position?: string; readonly task?: TaskRecord };
}

/** How long the service may take to answer a frame, in milliseconds. */
const ANSWER_LIMIT_MS = 5_000;
/** Nobody follows it; the service answers when it is told so. */
const PROBE = { topic: 'task:00000000-0000-0000-0000-000000000000' };

/**
 * The page's one WebSocket. Topics are subscribed with the last position seen, so nothing that happened
 * while the connection was down is missed. It comes back by itself.
 */
export class LiveConnection {
  private socket: WebSocket | null = null;
  /** Topic → its users and the position up to which it is known; that outlives the users, who may come back. */
  private readonly topics = new Map<string, { users: number; after: string | undefined }>();
  private readonly watchers = new Set<() => void>();
  private status: LinkStatus = { phase: 'connecting', epoch: 0, retryAt: null };
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private answerDue: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: LiveListener,
  ) {
    addEventListener('online', () => this.check());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.check();
    });
    this.open();
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly getStatus = (): LinkStatus => this.status;

  /** Follows a topic until the returned function is called. `after`: what is known already. */
  follow(topic: string, after?: string): () => void {
    const known = this.topics.get(topic) ?? { users: 0, after };
    this.topics.set(topic, known);
    if (known.users++ === 0) this.send('subscribe', { topic, after: known.after });
    return () => {
      if (--known.users === 0) this.send('unsubscribe', { topic });
    };
  }

  /** Tries at once instead of at the end of the pause. */
  connectNow(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.attempt = 0;
    this.open();
  }

  /** After a sleep or a change of networks a connection may be dead without anybody having been told. */
  private check(): void {
    this.connectNow();
    if (this.status.phase !== 'live' || this.answerDue !== undefined) return;
    this.send('unsubscribe', PROBE);
    this.answerDue = setTimeout(() => this.ended(), ANSWER_LIMIT_MS);
  }

  private open(): void {
    this.retry = undefined;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.change({ phase: 'live', epoch: this.status.epoch + 1, retryAt: null });
      for (const [topic, { after, users }] of this.topics)
        if (users > 0) this.send('subscribe', { topic, after });
    };
    socket.onmessage = ({ data }) => this.receive(JSON.parse(String(data)) as Frame);
    socket.onclose = () => this.ended();
  }

  private ended(): void {
    const { socket } = this;
    if (socket === null) return;
    this.socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    clearTimeout(this.answerDue);
    this.answerDue = undefined;
    const delay = reconnectDelay(++this.attempt);
    this.retry = setTimeout(() => this.open(), delay);
    this.change({ ...this.status, phase: 'down', retryAt: Date.now() + delay });
  }

  private receive({ event, data }: Frame): void {
    // A server that accepts and then turns away is not yet one that works.
    this.attempt = 0;
    clearTimeout(this.answerDue);
    this.answerDue = undefined;
    const topic = data.topic === undefined ? undefined : this.topics.get(data.topic);
    if (event === 'reset' && topic && data.topic !== undefined) {
      topic.after = data.position;
      this.listener.reset(data.topic);
    }
    if (event === 'task' && data.task) {
      if (topic && data.position && isAfter(data.position, topic.after ?? '')) topic.after = data.position;
      this.listener.task(data.task);
    }
  }

  private send(event: string, data: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }

  private change(status: LinkStatus): void {
    this.status = status;
    for (const watcher of this.watchers) watcher();
  }
}
