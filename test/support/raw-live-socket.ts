import WebSocket from 'ws';
import type { TranscriptEntry } from '../../src/events/session/transcript-entry.js';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { until } from './until.js';

export interface LiveFrame {
  readonly event: string;
  readonly data: {
    readonly topic?: string;
    readonly position?: string;
    readonly task?: TaskRecord;
    readonly entry?: TranscriptEntry;
    readonly entryId?: string;
    readonly text?: string;
    readonly code?: string;
    readonly message?: string;
    readonly reason?: string;
    /** Of a log. */
    readonly lines?: string[];
  };
}

/**
 * `/v1/live` without the client in between, for the tests of the protocol itself: it keeps every frame it was sent, and
 * sends what the client never would. What comes twice is there twice.
 */
export class RawLiveSocket {
  readonly frames: LiveFrame[] = [];
  closed?: { code: number; reason: string };

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as LiveFrame));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
  }

  /** @param url of the service. Rejects when the connection is refused. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<RawLiveSocket> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, { headers });
    const client = new RawLiveSocket(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => undefined);
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  subscribe(topic: string, after?: string | bigint): void {
    this.send({ event: 'subscribe', data: { topic, after: after?.toString() } });
  }

  get tasks(): { position: bigint; task: TaskRecord }[] {
    return this.frames
      .filter(({ event }) => event === 'task')
      .map(({ data }) => ({ position: BigInt(data.position!), task: data.task! }));
  }

  /** Entries of sessions. */
  get entries(): { position: string; entry: TranscriptEntry }[] {
    return this.frames
      .filter(({ event }) => event === 'entry')
      .map(({ data }) => ({ position: data.position!, entry: data.entry! }));
  }

  /** Waits for a frame that was or will be sent. */
  async frame(
    holds: (frame: LiveFrame) => boolean,
    what = 'the frame',
    limitMs = 10_000,
  ): Promise<LiveFrame> {
    await until(
      () => `${what} among ${JSON.stringify(this.frames).slice(-2_000)}`,
      limitMs,
      () => this.frames.some(holds),
    );
    return this.frames.find(holds)!;
  }

  /** Waits for the task's update at the position. */
  async sees(position: bigint, limitMs?: number): Promise<void> {
    await this.frame(
      ({ event, data }) => event === 'task' && data.position === String(position),
      `${position}`,
      limitMs,
    );
  }

  close(): void {
    this.socket.terminate();
  }
}
