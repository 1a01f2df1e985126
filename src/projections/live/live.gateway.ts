import { Inject, type BeforeApplicationShutdown } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { Counter, Gauge } from 'prom-client';
import type { RawData, WebSocket } from 'ws';
import { FrameError, parseFrame, type Topic } from './client-frame.js';
import { CLOSE, LiveSocket } from './live-socket.js';
import { errorFrame, subscribedFrame, unsubscribedFrame } from './server-frames.js';
import { SessionTopics } from '../transcript/session-topics.js';
import { Topics } from './topics.js';

const MAX_SUBSCRIPTIONS = 100;
const MAX_SOCKETS = 20_000;
const HEARTBEAT_MS = 15_000;
/** Larger frames end the connection (1009); those between this and MAX_FRAME are answered with an error. */
const MAX_PAYLOAD = 64 * 1_024;
/** So many frames that make no sense, and the connection ends. */
const MAX_ERRORS = 100;
const DRAIN_REASON = 'the service restarts: reconnect';

const sockets = new Gauge({ name: 'slipway_live_sockets', help: 'WebSocket clients of this process' });
const badFrames = new Counter({
  name: 'slipway_live_bad_frames_total',
  help: 'Frames of clients that made no sense',
});

/** `/v1/live`: subscribe to a workspace, a task or a session, and every change is sent once it can be read. */
@WebSocketGateway({ path: '/v1/live', maxPayload: MAX_PAYLOAD })
export class LiveGateway implements OnGatewayConnection<WebSocket>, BeforeApplicationShutdown {
  private readonly clients = new Set<LiveSocket>();
  private readonly heartbeat = setInterval(() => {
    for (const client of this.clients) client.checkLife();
  }, HEARTBEAT_MS).unref();
  private draining = false;

  constructor(
    @Inject(Topics) private readonly topics: Topics,
    @Inject(SessionTopics) private readonly sessions: SessionTopics,
  ) {}

  handleConnection(socket: WebSocket): void {
    const client = new LiveSocket(socket);
    if (this.draining) return client.close(CLOSE.restart, DRAIN_REASON);
    if (this.clients.size >= MAX_SOCKETS) return client.close(CLOSE.tryAgainLater, 'too many clients');
    const subscriptions = new Map<string, () => void>();
    let errors = 0;
    this.clients.add(client);
    sockets.set(this.clients.size);
    socket.on('message', (data: RawData) => {
      try {
        this.handle(data.toString(), client, subscriptions);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        badFrames.inc();
        client.send(errorFrame(error.code, error.message));
        if (++errors >= MAX_ERRORS) client.close(CLOSE.policy, 'too many frames that make no sense');
      }
    });
    socket.on('close', () => {
      this.clients.delete(client);
      sockets.set(this.clients.size);
      for (const stop of subscriptions.values()) stop();
    });
  }

  /** Tells every client to reconnect, to another replica or to the next start of this one, and takes no new ones. */
  drain(): void {
    this.draining = true;
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.close(CLOSE.restart, DRAIN_REASON);
  }

  beforeApplicationShutdown(): void {
    this.drain();
  }

  private handle(text: string, client: LiveSocket, subscriptions: Map<string, () => void>): void {
    const frame = parseFrame(text);
    const { name } = frame.topic;
    subscriptions.get(name)?.();
    subscriptions.delete(name);
    if (frame.event === 'unsubscribe') {
      client.send(unsubscribedFrame(name));
      return;
    }
    if (subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new FrameError(
        'too_many_subscriptions',
        `A connection follows at most ${MAX_SUBSCRIPTIONS} topics: unsubscribe from one, or follow the workspace.`,
      );
    subscriptions.set(name, this.subscribe(frame.topic, frame.after, client));
  }

  private subscribe(topic: Topic, after: bigint | undefined, client: LiveSocket): () => void {
    client.send(subscribedFrame(topic.name, after ?? 0n));
    return topic.kind === 'session'
      ? this.sessions.follow(topic, after, client)
      : this.topics.follow(topic, after, client);
  }
}
