import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.js';
import { type DeltaCarrier, type SessionDelta, SessionDeltas } from '../../platform/session-deltas.js';
import type { Settings } from '../../platform/settings/settings.js';
import { isUuid } from '../../platform/text-rules.js';
import { CLOCK, DATABASE_URL, LOGGER, SETTINGS } from '../../platform/tokens.js';
import { PgSession } from '../database/pg-session.js';

const CHANNEL = 'slipway_deltas';
/** Pieces that come within this, in milliseconds, are carried as one. */
const TOGETHER_MS = 15;
/** Characters in one message: PostgreSQL takes 8,000 bytes, and one character may be written as six. */
const MOST_TEXT = 1_200;
/** Characters that wait while PostgreSQL is slow; what comes then is left out, the entry that follows has it. */
const MOST_WAITING = 64_000;
/** So often it is said again which sessions are followed, and for so long it is believed, in milliseconds. */
const FOLLOWED_EVERY_MS = 10_000;
const BELIEVED_MS = 25_000;
const IDS_AT_ONCE = 100;
const RETRY_MS = 500;

const Id = Type.String({ minLength: 1, maxLength: 250 });
const Message = Type.Union([
  /** Somebody new, who does not know yet what is followed. */
  Type.Object({ from: Id, isNew: Type.Literal(true) }),
  Type.Object({ from: Id, followed: Type.Array(Id, { maxItems: IDS_AT_ONCE }) }),
  Type.Object({
    from: Id,
    /** Makes each message another one: of two that are the same PostgreSQL delivers one. */
    n: Type.Integer(),
    delta: Type.Object({
      sessionId: Id,
      entryId: Id,
      kind: Type.Union([Type.Literal('message'), Type.Literal('thought')]),
      text: Type.String({ maxLength: MOST_TEXT }),
      offset: Type.Integer({ minimum: 0 }),
    }),
  }),
]);
type Message = Static<typeof Message>;

/**
 * Carries deltas between processes over PostgreSQL's notifications, since an agent is read in one of them and followed in
 * any. Nothing of it is stored. Each process says which sessions are followed in it, so that what nobody follows costs
 * nothing. An embedded PostgreSQL has one process: there is nothing to carry.
 */
@Injectable()
export class DeltaRelay implements DeltaCarrier, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly me = randomUUID();
  private readonly stopping = new AbortController();
  /** Until when, by the clock, somebody elsewhere follows the session. */
  private readonly wanted = new Map<string, number>();
  private waiting: SessionDelta[] = [];
  private waitingLength = 0;
  private sending = false;
  private sent = 0;
  private session?: PgSession;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SessionDeltas) private readonly deltas: SessionDeltas,
    @Inject(DATABASE_URL) private readonly url: string,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'databaseUrl'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.databaseUrl === undefined) return;
    this.deltas.carryBy(this);
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.session?.close();
    await this.running;
  }

  onTold(delta: SessionDelta): void {
    if (!this.isWanted(delta.sessionId) || !this.session?.alive) return;
    if (this.waitingLength + delta.text.length > MOST_WAITING) return;
    this.waitingLength += delta.text.length;
    const last = this.waiting.at(-1);
    if (last && goesOn(last, delta))
      this.waiting[this.waiting.length - 1] = { ...last, text: last.text + delta.text };
    else this.waiting.push(delta);
    if (this.sending) return;
    this.sending = true;
    this.clock.after(TOGETHER_MS, () => void this.send());
  }

  onFollowed(sessionId: string): void {
    void this.notify([{ from: this.me, followed: [sessionId] }]);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        this.session = await PgSession.open(this.url, 'slipway-deltas');
        await this.session.listen(CHANNEL, (payload) => this.hear(payload));
        await this.notify([{ from: this.me, isNew: true }]);
        while (this.session.alive && !signal.aborted) {
          await this.tellFollowed();
          await Promise.race([this.clock.sleep(FOLLOWED_EVERY_MS, signal), this.session.gone]);
        }
      } catch (error) {
        this.log.debug({ err: error }, 'what agents write just now cannot be carried between processes');
      }
      this.session?.close();
      await this.clock.sleep(RETRY_MS, signal);
    }
  }

  private async tellFollowed(): Promise<void> {
    const { followed } = this.deltas;
    for (let first = 0; first < followed.length; first += IDS_AT_ONCE)
      await this.notify([{ from: this.me, followed: followed.slice(first, first + IDS_AT_ONCE) }]);
    const now = this.clock.now().getTime();
    for (const [sessionId, until] of this.wanted) if (until < now) this.wanted.delete(sessionId);
  }

  private isWanted(sessionId: string): boolean {
    const until = this.wanted.get(sessionId);
    return until !== undefined && until >= this.clock.now().getTime();
  }

  /** Other processes, and whoever else may write to the database, say what they like. */
  private hear(payload: string): void {
    const message = parsed(payload);
    if (message === null || message.from === this.me) return;
    if ('delta' in message) return this.deltas.offer(message.delta);
    if ('isNew' in message) return void this.tellFollowed();
    const until = this.clock.now().getTime() + BELIEVED_MS;
    for (const sessionId of message.followed) if (isUuid(sessionId)) this.wanted.set(sessionId, until);
  }

  /** What waits, and what has come meanwhile. */
  private async send(): Promise<void> {
    while (this.waiting.length > 0) {
      const deltas = this.waiting;
      this.waiting = [];
      this.waitingLength = 0;
      const pieces = deltas.flatMap((delta) =>
        piecesOf(delta).map((piece) => ({ from: this.me, n: this.sent++, delta: piece })),
      );
      await this.notify(pieces);
    }
    this.sending = false;
  }

  private async notify(messages: readonly Message[]): Promise<void> {
    if (!this.session?.alive) return;
    const payloads = messages.map((message) => JSON.stringify(message));
    await this.session
      .query(
        'SELECT pg_notify($1, payload) FROM unnest($2::text[]) WITH ORDINALITY AS p(payload, n) ORDER BY n',
        [CHANNEL, payloads],
      )
      .catch((error: unknown) => this.log.debug({ err: error }, 'deltas were not carried'));
  }
}

/** Whether a piece follows on another: none was left out between them. */
const goesOn = (last: SessionDelta, next: SessionDelta): boolean =>
  last.entryId === next.entryId &&
  last.sessionId === next.sessionId &&
  last.kind === next.kind &&
  last.offset + last.text.length === next.offset;

function piecesOf(delta: SessionDelta): SessionDelta[] {
  const pieces: SessionDelta[] = [];
  for (let first = 0; first < delta.text.length; first += MOST_TEXT)
    pieces.push({ ...delta, text: delta.text.slice(first, first + MOST_TEXT), offset: delta.offset + first });
  return pieces;
}

function parsed(payload: string): Message | null {
  try {
    const message: unknown = JSON.parse(payload);
    return Value.Check(Message, message) ? message : null;
  } catch {
    return null;
  }
}
