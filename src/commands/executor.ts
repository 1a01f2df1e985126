import type { Versioned } from '../events/fold.js';
import type { AggregateStreams } from '../store/aggregate-streams.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { causationOf, type CommandContext } from './command-context.js';

/** How often a command is decided anew because somebody else appended meanwhile. */
const MAX_TRIES = 20;

/** What a command came to. */
export interface Executed<State, Event> {
  readonly fold: Versioned<State>;
  /** Empty when the command had nothing (more) to do. */
  readonly events: readonly Event[];
}

/** Load, decide, append; and again when the stream has moved on meanwhile. */
export class Executor<State, Event extends { readonly type: string; readonly data: object }, Command> {
  constructor(
    private readonly streams: AggregateStreams<State, Event>,
    private readonly decide: (command: Command, state: State | null) => readonly Event[],
  ) {}

  /** The aggregate as a command with this context sees it. */
  load(id: string, { atLeastRevision }: CommandContext): Promise<Versioned<State>> {
    return atLeastRevision === undefined ? this.streams.refresh(id) : this.streams.load(id, atLeastRevision);
  }

  /**
   * Carries out a command. With `atLeastRevision` in the context a cached fold that new is good enough, for the
   * append's expected revision finds out a stale one; without it the stream's end is read.
   * Throws CommandRefusedError and what the streams throw.
   */
  async execute(id: string, command: Command, context: CommandContext): Promise<Executed<State, Event>> {
    const causation = causationOf(context);
    let fold = await this.load(id, context);
    for (let tries = 1; ; tries++) {
      const events = this.decide(command, fold.state);
      if (events.length === 0) return { fold, events };
      try {
        return { fold: await this.streams.append(id, fold, events, causation), events };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError) || tries >= MAX_TRIES) throw error;
        fold = await this.streams.refresh(id);
      }
    }
  }
}
