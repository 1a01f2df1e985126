import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import {
  WrongExpectedRevisionError,
  type EventStore,
  type GroupMessage,
  type StoredEvent,
} from '../events/store/event-store.js';

/** A message whose handling was cut off by the end of its process so often is not handled again. */
const MAX_CRASHES = 3;
/** The first crash leaves no trace: what is handled for the first time is not written down. */
const MAX_TRACES = MAX_CRASHES - 1;
/** A suspect that has run by itself for so long and not killed the process is no suspect, and the next may begin. */
const PROBATION_MS = 5_000;

type Trace = 'HandlingBegun' | 'HandlingEnded' | 'MessageParked';

/** The process died during each of the last three handlings of the message: most likely because of it. */
export class CrashingMessageError extends Error {
  override readonly name = 'CrashingMessageError';
}

/** Gives an effect its turn, or rejects. */
type Turn = (effect: () => Promise<void>) => Promise<void>;

/**
 * Finds the message that kills the process that handles it. A message that was in hand at a crash comes again; from then on
 * each handling leaves a durable trace before it begins, in a stream of the message's own. What was in hand at two
 * crashes begins one at a time, so that the third tells the culprit from those that were only nearby: not from a message
 * that takes longer than its probation to kill the process. What is delivered for the first time pays nothing.
 */
export class CrashSuspects {
  /** This life of the process. */
  private readonly life = randomUUID();

  /** When it began, in milliseconds since 1970: what is older may have been in hand at a crash. */
  private readonly bornAt: number;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {
    this.bornAt = clock.now().getTime();
  }

  /** Runs the effect of a message in its turn, and that of a suspect in its turn among suspects as well. Rejects with CrashingMessageError when that has been tried too often. */
  async run(message: GroupMessage, turn: Turn, alone: Turn, effect: () => Promise<void>): Promise<void> {
    const { event, retryCount } = message;
    if (retryCount === 0 && event.created.getTime() >= this.bornAt) return turn(effect);
    let suspect = false;
    await turn(async () => {
      suspect = !(await this.beginUnsuspected(event));
      if (!suspect) await this.traced(event, effect);
    });
    if (!suspect) return;
    let handling: Promise<void> | undefined;
    await alone(async () => {
      handling = turn(async () => {
        await this.begin(event);
        await this.traced(event, effect);
      });
      await this.probation(event, handling);
    });
    await handling;
  }

  /** Resolves when the handling has ended, or has gone on for so long that it is not to blame for what comes. */
  private async probation(event: StoredEvent, handling: Promise<void>): Promise<void> {
    const ended = new AbortController();
    const end = () => ended.abort();
    void handling.then(end, end);
    await this.clock.sleep(PROBATION_MS, ended.signal);
    if (!ended.signal.aborted) await this.acquit(event, 'HandlingEnded');
  }

  /** An end that is no crash is not held against the message. */
  private async traced(event: StoredEvent, effect: () => Promise<void>): Promise<void> {
    try {
      await effect();
    } catch (error) {
      await this.acquit(event, 'HandlingEnded');
      throw error;
    }
  }

  /**
   * What has been traced is not held against the message any more: of this life, or (when it is parked, and whoever
   * replays it has mended the cause) of all. Never rejects: without it the message is at worst handled by itself one day.
   */
  async acquit(event: StoredEvent, by: 'HandlingEnded' | 'MessageParked'): Promise<void> {
    await this.read(event)
      .then(({ revision }) => this.append(event, by, revision))
      .catch(() => undefined);
  }

  /** False when earlier handlings left traces: then nothing was written. Costs one append when there are none. */
  private async beginUnsuspected(event: StoredEvent): Promise<boolean> {
    try {
      await this.append(event, 'HandlingBegun', -1n);
      return true;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      const { lives, revision } = await this.read(event);
      if (lives.size > 0) return false;
      await this.append(event, 'HandlingBegun', revision);
      return true;
    }
  }

  private async begin(event: StoredEvent): Promise<void> {
    const { lives, revision } = await this.read(event);
    if (lives.size >= MAX_TRACES)
      throw new CrashingMessageError(
        `The process died during each of the last ${MAX_CRASHES} handlings of this message; replay it once the cause is mended`,
      );
    await this.append(event, 'HandlingBegun', revision);
  }

  /** The other lives that began to handle the message and came to no end that anybody knows of. */
  private async read(event: StoredEvent): Promise<{ lives: ReadonlySet<string>; revision: bigint }> {
    const lives = new Set<string>();
    let last = -1n;
    for await (const { type, data, revision } of this.store.readStream(traceStream(event))) {
      const { life } = data as { life: string };
      if (type === 'HandlingBegun') lives.add(life);
      else if (type === 'HandlingEnded') lives.delete(life);
      else lives.clear();
      last = revision;
    }
    lives.delete(this.life);
    return { lives, revision: last };
  }

  private async append(event: StoredEvent, type: Trace, after: bigint): Promise<void> {
    const trace = { id: randomUUID(), type, data: { life: this.life, stream: event.stream }, metadata: {} };
    await this.store.append(traceStream(event), [trace], after < 0n ? 'no_stream' : after);
  }
}

const traceStream = ({ id }: StoredEvent): string => `slipway-handling-${id}`;
