import { Inject, type BeforeApplicationShutdown } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { Counter, Gauge } from 'prom-client';
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { Access } from '../../access/access.js';
import { grantsOf, isSeenBy, seesAll, type Caller } from '../../access/permissions.js';
import { Places } from '../../access/places.js';
import { RefusalRecord } from '../../access/refusal-record.js';
import { CurrentRecords } from './current-records.js';
import { FrameError, parseFrame, type ClientFrame, type Topic } from './client-frame.js';
import { CLOSE, LiveSocket } from './live-socket.js';
import { errorFrame, subscribedFrame, unsubscribedFrame } from './server-frames.js';
import { SessionTopics } from '../transcript/session-topics.js';
import { LogTopics } from './log-topics.js';
import { Topics } from './topics.js';

const MAX_SUBSCRIPTIONS = 100;
const MAX_SOCKETS = 20_000;
const HEARTBEAT_MS = 15_000;
const DOORKEEPER_MS = 2_000;
/** So many frames may wait for an answer, and no more are taken. */
const MOST_WAITING = 1_000;
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

/** `/v1/live`: subscribe to a workspace, a task, a session or a log, and every change is sent once it can be read. */
@WebSocketGateway({ path: '/v1/live', maxPayload: MAX_PAYLOAD })
export class LiveGateway implements OnGatewayConnection<WebSocket>, BeforeApplicationShutdown {
  private readonly clients = new Map<LiveSocket, Caller>();
  private readonly heartbeat = setInterval(() => {
    for (const client of this.clients.keys()) client.checkLife();
  }, HEARTBEAT_MS).unref();
  /** Who was let in once is put out when their token or log-in has ended. */
  private readonly doorkeeper = setInterval(() => {
    for (const [client, caller] of this.clients)
      if (!this.access.isLetIn(caller))
        client.close(
          CLOSE.policy,
          caller.loginId === undefined ? 'the token has ended' : 'the log-in has ended',
        );
  }, DOORKEEPER_MS).unref();
  private draining = false;

  constructor(
    @Inject(Topics) private readonly topics: Topics,
    @Inject(SessionTopics) private readonly sessions: SessionTopics,
    @Inject(LogTopics) private readonly logs: LogTopics,
    @Inject(Access) private readonly access: Access,
    @Inject(Places) private readonly places: Places,
    @Inject(CurrentRecords) private readonly records: CurrentRecords,
    @Inject(RefusalRecord) private readonly refusals: RefusalRecord,
  ) {}

  handleConnection(socket: WebSocket, request: IncomingMessage & { caller?: Caller }): void {
    const client = new LiveSocket(socket);
    const { caller } = request;
    if (caller === undefined) return client.close(CLOSE.policy, 'it is not known who asks');
    if (this.draining) return client.close(CLOSE.restart, DRAIN_REASON);
    if (this.clients.size >= MAX_SOCKETS) return client.close(CLOSE.tryAgainLater, 'too many clients');
    const subscriptions = new Map<string, () => void>();
    let errors = 0;
    this.clients.set(client, caller);
    sockets.set(this.clients.size);
    const refuse = (error: unknown) => {
      if (!(error instanceof FrameError)) throw error;
      badFrames.inc();
      client.send(errorFrame(error.code, error.message));
      if (++errors >= MAX_ERRORS) client.close(CLOSE.policy, 'too many frames that make no sense');
    };
    // Answers come in the order of the questions, also where it has to be looked up whose something is.
    let waiting = 0;
    let turn: Promise<void> = Promise.resolve();
    const inTurn = (text: string) => {
      if (++waiting > MOST_WAITING) return client.close(CLOSE.policy, 'too many frames at once');
      turn = turn
        .then(async () => {
          if (!client.open) return;
          const frame = parseFrame(text);
          if (frame.event === 'subscribe') await this.assertMayFollow(caller, frame.topic);
          if (client.open) this.handle(frame, client, subscriptions);
        })
        .catch(refuse)
        .finally(() => waiting--);
    };
    socket.on('message', (data: RawData) => {
      if (!seesAll(caller)) return inTurn(data.toString());
      try {
        this.handle(parseFrame(data.toString()), client, subscriptions);
      } catch (error) {
        refuse(error);
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
    clearInterval(this.doorkeeper);
    for (const client of this.clients.keys()) client.close(CLOSE.restart, DRAIN_REASON);
  }

  beforeApplicationShutdown(): void {
    this.drain();
  }

  /** Another workspace's topics are as if they were not there. Throws FrameError. */
  private async assertMayFollow(caller: Caller, { kind, id, name }: Topic): Promise<void> {
    const workspaceId = kind === 'workspace' ? id : await this.workspaceOf(caller, kind, id);
    if (workspaceId !== null && isSeenBy(caller, workspaceId)) return;
    const { actor, tokenId, address } = caller;
    const by = { actor, tokenId, address, workspaceId: caller.workspaceId };
    this.refusals.note({ code: 'unknown_topic', method: 'SUBSCRIBE', path: name, ...by });
    throw new FrameError('unknown_topic', 'There is no such topic for you.');
  }

  private async workspaceOf(
    caller: Caller,
    kind: 'task' | 'session' | 'log',
    id: string,
  ): Promise<string | null> {
    try {
      const place = await (kind === 'session' ? this.places.ofSession(id) : this.places.ofTask(id));
      if (place !== null || kind !== 'session') return place?.workspaceId ?? null;
      // Nothing was said in it yet: its task knows it.
      for (const { workspaceId } of grantsOf(caller))
        if (await this.records.hasSession(workspaceId, id)) return workspaceId;
      return null;
    } catch {
      throw new FrameError('unknown_topic', 'It cannot be found out just now whose this is: try again.');
    }
  }

  private handle(frame: ClientFrame, client: LiveSocket, subscriptions: Map<string, () => void>): void {
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
    if (topic.kind === 'log') {
      const stop = this.logs.follow(topic, after, client);
      client.send(subscribedFrame(topic.name, after ?? 0n));
      return stop;
    }
    client.send(subscribedFrame(topic.name, after ?? 0n));
    return topic.kind === 'session'
      ? this.sessions.follow(topic, after, client)
      : this.topics.follow(topic, after, client);
  }
}
