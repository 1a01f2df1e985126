import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { Counter, Gauge } from 'prom-client';
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { grantsOf, isSeenBy, seesAll, type Caller } from '../../access/permissions.js';
import { Places } from '../../access/places.js';
import { RefusalRecord } from '../../access/refusal-record.js';
import { isKnown, SocketAdmission, type Admitted } from '../../access/socket-admission.js';
import type { Settings } from '../../platform/settings/settings.js';
import { SETTINGS } from '../../platform/tokens.js';
import { CurrentRecords } from './current-records.js';
import { FrameError, parseFrame, type ClientFrame, type Topic } from './client-frame.js';
import { FrameIntake } from './frame-intake.js';
import { CLOSE, LiveSocket } from './live-socket.js';
import { errorFrame, subscribedFrame, unsubscribedFrame } from './server-frames.js';
import { SessionTopics } from '../transcript/session-topics.js';
import { LogTopics } from './log-topics.js';
import { Topics } from './topics.js';

const PATH = '/v1/live';
const MAX_SOCKETS = 20_000;
/** Larger frames end the connection (1009); those between this and MAX_FRAME are answered with an error. */
const MAX_PAYLOAD = 64 * 1_024;
/** So many frames that make no sense, and the connection ends. */
const MAX_ERRORS = 100;

const sockets = new Gauge({ name: 'slipway_live_sockets', help: 'WebSocket clients of this process' });
const badFrames = new Counter({
  name: 'slipway_live_bad_frames_total',
  help: 'Frames of clients that made no sense',
});

/** A client's connection: who they are, and what it follows. */
interface Connection extends Admitted {
  readonly socket: LiveSocket;
  /** How each is stopped, by the topic's name. */
  readonly subscriptions: Map<string, () => void>;
}

/** `/v1/live`: subscribe to a workspace, a task, a session or a log, and every change is sent once it can be read. */
@WebSocketGateway({ path: PATH, maxPayload: MAX_PAYLOAD })
export class LiveGateway implements OnGatewayConnection<WebSocket> {
  private open = 0;

  constructor(
    @Inject(Topics) private readonly topics: Topics,
    @Inject(SessionTopics) private readonly sessions: SessionTopics,
    @Inject(LogTopics) private readonly logs: LogTopics,
    @Inject(SocketAdmission) private readonly admission: SocketAdmission,
    @Inject(Places) private readonly places: Places,
    @Inject(CurrentRecords) private readonly records: CurrentRecords,
    @Inject(RefusalRecord) private readonly refusals: RefusalRecord,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  handleConnection(connection: WebSocket, request: IncomingMessage & { caller?: Caller }): void {
    const socket = new LiveSocket(connection);
    if (this.open >= MAX_SOCKETS) return socket.close(CLOSE.tryAgainLater, 'too many clients');
    const admitted = this.admission.admit(socket, connection, request.caller, PATH);
    if (admitted === null) return;
    this.serve({ ...admitted, socket, subscriptions: new Map() }, connection);
  }

  private serve(client: Connection, connection: WebSocket): void {
    const { socket, subscriptions } = client;
    sockets.set(++this.open);
    let errors = 0;
    const refuse = (error: unknown) => {
      if (!(error instanceof FrameError)) throw error;
      badFrames.inc();
      socket.send(errorFrame(error.code, error.message));
      if (++errors >= MAX_ERRORS) socket.close(CLOSE.policy, 'too many frames that make no sense');
    };
    // Answers come in the order of the questions, also where it has to be looked up whose something is.
    const intake = new FrameIntake(socket, client.client.frames, (text) => {
      try {
        const frame = parseFrame(text);
        if (frame.event === 'subscribe' && !seesAll(client.caller))
          return this.assertMayFollow(client.caller, frame.topic)
            .then(() => this.handle(frame, client))
            .catch(refuse);
        this.handle(frame, client);
      } catch (error) {
        refuse(error);
      }
    });
    connection.on('message', (data: RawData) => intake.take((data as Buffer).toString()));
    connection.once('close', () => {
      sockets.set(--this.open);
      for (const stop of subscriptions.values()) stop();
      client.client.topics -= subscriptions.size;
    });
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

  private handle(frame: ClientFrame, client: Connection): void {
    const { socket, subscriptions } = client;
    if (!socket.open) return;
    const { name } = frame.topic;
    subscriptions.get(name)?.();
    if (subscriptions.delete(name)) client.client.topics--;
    if (frame.event === 'unsubscribe') {
      socket.send(unsubscribedFrame(name));
      return;
    }
    this.assertRoom(client);
    subscriptions.set(name, this.subscribe(frame.topic, frame.after, client));
    client.client.topics++;
  }

  /** Throws FrameError where the connection, or its client with all of theirs, follows as much as it may. */
  private assertRoom({ caller, client, subscriptions }: Connection): void {
    const ofSocket = this.settings.live.topicsOfSocket;
    const what = 'unsubscribe from one, or follow the workspace.';
    if (subscriptions.size >= ofSocket)
      throw new FrameError(
        'too_many_subscriptions',
        `A connection follows at most ${ofSocket} topics: ${what}`,
      );
    const ofClient = this.settings.clients.topics;
    if (isKnown(caller) && ofClient > 0 && client.topics >= ofClient)
      throw new FrameError(
        'too_many_subscriptions',
        `One client follows at most ${ofClient} topics over all its connections: ${what}`,
      );
  }

  private subscribe(topic: Topic, after: bigint | undefined, { socket, client }: Connection): () => void {
    if (topic.kind === 'log') {
      const stop = this.logs.follow(topic, after, socket, client.key);
      socket.send(subscribedFrame(topic.name, after ?? 0n));
      return stop;
    }
    socket.send(subscribedFrame(topic.name, after ?? 0n));
    return topic.kind === 'session'
      ? this.sessions.follow(topic, after, socket, client.key)
      : this.topics.follow(topic, after, socket, client.key);
  }
}
