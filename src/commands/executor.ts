import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { eventId, type Causation } from '../events/codec.js';
import type { Versioned } from '../events/fold.js';
import { backOffMs, type BackOffPolicy } from '../platform/back-off.js';
import type { Clock, Random } from '../platform/clock.js';
import { currentTraceparent } from '../platform/spans.js';
import { CLOCK, RANDOM } from '../platform/tokens.js';
import { type AggregateStreams, TaskStreams, SessionStreams } from '../store/aggregate-streams.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import type { SessionEvent } from '../events/session/session-events.js';
import type { Session } from '../events/session/session-state.js';
import { decide } from './decide.js';
import type { TaskCommand } from './task-commands.js';
import { TooBusyError, Turns } from './turns.js';
import { decideSession } from './decide-session.js';
import type { SessionCommand } from './session-commands.js';

/** Who asked for a command, and what led to it. */
export interface CommandContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: string;
  /** From where the caller asked, and with which token, where that is known. */
  readonly address?: string;
  readonly tokenId?: string;
  /** Of the event that led here, where it has one. */
  readonly traceparent?: string;
  /**
   * The store's revision of the event that led here: a fold older than that is out of date. -1n where there is probably no
   * stream yet.
   */
  readonly atLeastRevision?: bigint;
}

/** The context of a command that nothing but its caller led to. */
export function newContext(actor: string): CommandContext {
  const id = randomUUID();
  return { correlationId: id, causationId: id, actor };
}

/** The metadata of one append. The id is new for every decision, so that two deciders never look like one. */
export const causationOf = ({
  correlationId,
  causationId,
  actor,
  address,
  tokenId,
  traceparent,
}: CommandContext): Causation => ({
  traceparent: currentTraceparent() ?? traceparent,
  commandId: randomUUID(),
  correlationId,
  causationId,
  actor,
  address,
  tokenId,
});

/** How often a command is decided anew because another process appended meanwhile, and how long after that. */
const MAX_TRIES = 20;
const AGAIN: BackOffPolicy = { firstMs: 4, capMs: 200 };

/** What a command came to. */
export interface Executed<State, Event> {
  readonly fold: Versioned<State>;
  /** Empty when the command had nothing (more) to do. */
  readonly events: readonly Event[];
  /** The id that the nth of these events is stored under. */
  readonly eventId: (index: number) => string;
}

/** Load, decide, append, one command of an aggregate at a time; and again when another process has moved the stream on. */
class Executor<State, Event extends { readonly type: string; readonly data: object }, Command> {
  private readonly turns: Turns;

  constructor(
    private readonly streams: AggregateStreams<State, Event>,
    private readonly decide: (command: Command, state: State | null) => readonly Event[],
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.turns = new Turns(clock);
  }

  /** The aggregate as a command with this context sees it. */
  load(id: string, { atLeastRevision }: CommandContext): Promise<Versioned<State>> {
    return atLeastRevision === undefined ? this.streams.refresh(id) : this.streams.load(id, atLeastRevision);
  }

  /**
   * Carries out a command. With `atLeastRevision` in the context a cached fold that new is good enough, for the
   * append's expected revision finds out a stale one; without it the stream's end is read.
   * Throws CommandRefusedError, TooBusyError and what the streams throw.
   */
  execute(id: string, command: Command, context: CommandContext): Promise<Executed<State, Event>> {
    return this.turns.take(id, () => this.decideAndAppend(id, command, context));
  }

  private async decideAndAppend(
    id: string,
    command: Command,
    context: CommandContext,
  ): Promise<Executed<State, Event>> {
    const causation = causationOf(context);
    const idOf = (index: number) => eventId(causation.commandId, index);
    let fold = await this.load(id, context);
    for (let tries = 1; ; tries++) {
      const events = this.decide(command, fold.state);
      if (events.length === 0) return { fold, events, eventId: idOf };
      try {
        return { fold: await this.streams.append(id, fold, events, causation), events, eventId: idOf };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        if (tries >= MAX_TRIES) throw new TooBusyError(`other processes are changing ${id} all the time`);
        await this.clock.sleep(backOffMs(tries, AGAIN, this.random()));
        fold = await this.streams.refresh(id);
      }
    }
  }
}

/** What a command did to its task. */
export type ExecutedOnTask = Executed<Task, TaskEvent>;

/** Carries out commands for tasks. */
@Injectable()
export class TaskExecutor extends Executor<Task, TaskEvent, TaskCommand> {
  constructor(
    @Inject(TaskStreams) streams: TaskStreams,
    @Inject(CLOCK) clock: Clock,
    @Inject(RANDOM) random: Random,
  ) {
    super(streams, decide, clock, random);
  }
}

/** Carries out commands for sessions. */
@Injectable()
export class SessionExecutor extends Executor<Session, SessionEvent, SessionCommand> {
  constructor(
    @Inject(SessionStreams) streams: SessionStreams,
    @Inject(CLOCK) clock: Clock,
    @Inject(RANDOM) random: Random,
  ) {
    super(streams, decideSession, clock, random);
  }
}
