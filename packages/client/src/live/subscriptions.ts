import { isAfter } from '../position.js';
import { SlipwayError } from '../slipway-error.js';
import type { TaskRecord, TranscriptDelta, TranscriptEntry } from '../types.js';
import type { ServerFrame } from './server-frame.js';
import type { LogTopic, SessionTopic, Topic } from './topic.js';

export type AnyTopic = Topic | SessionTopic | LogTopic;

interface AnyFollower {
  /** What is known of the topic is to be forgotten: what it is now follows, maybe with lower positions. */
  reset?(reason: string): void;
  /** The topic cannot be followed; nothing more comes. */
  refused(error: SlipwayError): void;
}

/** Who is told of a topic's updates. What it throws ends nothing here; it surfaces as an uncaught error. */
export interface Follower extends AnyFollower {
  /** A record newer than all before it. Positions rise. */
  task(task: TaskRecord, position: string): void;
}

/** Who is told of what happens in a session. */
export interface SessionFollower extends AnyFollower {
  /** An entry later than all before it. Positions rise. */
  entry(entry: TranscriptEntry, position: string): void;
  /** A piece of a text that is being written. None may come; the entry of that `entryId` takes its place. */
  delta?(delta: TranscriptDelta): void;
}

/** Who is told of what a sandbox puts out. */
export interface LogFollower extends AnyFollower {
  /** Lines later than all before them. Positions rise, until a `reset`. */
  lines(lines: readonly string[], position: string): void;
}

/** Who is told of any of them. */
export type TopicFollower = AnyFollower & Partial<Follower> & Partial<SessionFollower> & Partial<LogFollower>;

/** A follower with its place in the log. */
export interface Member {
  readonly topic: AnyTopic;
  readonly follower: TopicFollower;
  /** Up to where it knows the topic. */
  position: string | undefined;
  /** Whether the subscription goes on from its place, so that what comes is what comes next. */
  hears: boolean;
}

/** Nobody follows it; the service answers when it is told so. */
const NOBODYS: AnyTopic = 'task:00000000-0000-0000-0000-000000000000';

/**
 * Who follows what, over one connection after another. The service has one subscription for each topic of a connection:
 * it is asked for from the earliest place of its members, and whoever is further leaves out what it has.
 */
export class Subscriptions {
  private readonly topics = new Map<AnyTopic, Set<Member>>();
  private connected = false;
  /** For each frame that was sent and not answered yet, whom the answer is for. The service answers in order. */
  private unanswered: (readonly Member[])[] = [];

  /** @param send puts a frame on the present connection */
  constructor(private readonly send: (event: 'subscribe' | 'unsubscribe', data: object) => void) {}

  get isEmpty(): boolean {
    return this.topics.size === 0;
  }

  /** How many answers the service owes. */
  get owed(): number {
    return this.unanswered.length;
  }

  add(topic: AnyTopic, follower: TopicFollower, after: string | undefined): Member {
    const member: Member = { topic, follower, position: after, hears: false };
    const members = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, members.add(member));
    if (this.connected) this.subscribe(topic, members);
    return member;
  }

  remove(member: Member): void {
    if (!this.drop(member) || this.topics.has(member.topic)) return;
    if (this.connected) this.ask('unsubscribe', { topic: member.topic }, []);
  }

  /** Everybody is refused. */
  refuseAll(error: SlipwayError): void {
    for (const members of [...this.topics.values()]) this.refuse([...members], error);
  }

  /** Asks for something that changes nothing, to see whether an answer comes. */
  probe(): void {
    this.ask('unsubscribe', { topic: NOBODYS }, []);
  }

  connectionBegan(): void {
    this.connected = true;
    for (const [topic, members] of this.topics) this.subscribe(topic, members);
  }

  connectionEnded(): void {
    this.connected = false;
    this.unanswered = [];
    for (const members of this.topics.values()) for (const member of members) member.hears = false;
  }

  receive(frame: ServerFrame): void {
    switch (frame.event) {
      case 'subscribed':
        for (const member of this.unanswered.shift() ?? []) member.hears = true;
        return;
      case 'unsubscribed':
        this.unanswered.shift();
        return;
      case 'error':
        this.refuse(
          this.unanswered.shift() ?? [],
          new SlipwayError({ code: frame.code, detail: frame.message }),
        );
        return;
      case 'task':
        this.advancing(frame, ({ follower }) => follower.task?.(frame.task, frame.position));
        return;
      case 'entry':
        this.advancing(frame, ({ follower }) => follower.entry?.(frame.entry, frame.position));
        return;
      case 'log':
        this.advancing(frame, ({ follower }) => follower.lines?.(frame.lines, frame.position));
        return;
      case 'delta':
        this.hearing(frame.topic, ({ follower }) => follower.delta?.(frame.delta));
        return;
      case 'reset':
        this.hearing(frame.topic, (member) => {
          member.position = frame.position;
          member.follower.reset?.(frame.reason);
        });
    }
  }

  private subscribe(topic: AnyTopic, members: ReadonlySet<Member>): void {
    const places = [...members].map(({ position }) => position);
    const after = places.reduce((a, b) =>
      a === undefined || b === undefined ? undefined : isAfter(a, b) ? b : a,
    );
    this.ask('subscribe', { topic, after }, [...members]);
  }

  private ask(event: 'subscribe' | 'unsubscribe', data: object, members: readonly Member[]): void {
    this.unanswered.push(members);
    this.send(event, data);
  }

  private refuse(members: readonly Member[], error: SlipwayError): void {
    for (const member of members) if (this.drop(member)) tell(() => member.follower.refused(error));
  }

  /** Whether it was there. */
  private drop(member: Member): boolean {
    const members = this.topics.get(member.topic);
    if (!members?.delete(member)) return false;
    if (members.size === 0) this.topics.delete(member.topic);
    return true;
  }

  /** Calls those who are not as far yet. */
  private advancing(
    { topic, position }: { readonly topic: string; readonly position: string },
    call: (member: Member) => void,
  ): void {
    this.hearing(topic, (member) => {
      if (member.position !== undefined && !isAfter(position, member.position)) return;
      member.position = position;
      call(member);
    });
  }

  private hearing(topic: string, call: (member: Member) => void): void {
    const members = this.topics.get(topic as AnyTopic);
    // Who is told of one update may leave, and may make others leave.
    for (const member of [...(members ?? [])])
      if (member.hears && members!.has(member)) tell(() => call(member));
  }
}

/** One follower's fault is nobody else's loss. */
function tell(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
