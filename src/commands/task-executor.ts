import { Inject, Injectable } from '@nestjs/common';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { TaskStreams } from '../store/task-streams.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { VersionedTask } from '../events/task/task-state.js';
import { causationOf, type CommandContext } from './command-context.js';
import { decide } from './decide.js';
import type { TaskCommand } from './task-commands.js';

/** How often a command is decided anew because somebody else appended meanwhile. */
const MAX_TRIES = 20;

export interface Executed {
  readonly task: VersionedTask;
  /** Empty when the command had nothing (more) to do. */
  readonly events: readonly TaskEvent[];
}

/** Load, decide, append; and again when the stream has moved on meanwhile. */
@Injectable()
export class TaskExecutor {
  constructor(@Inject(TaskStreams) private readonly streams: TaskStreams) {}

  /** The task as a command with this context sees it. */
  load(taskId: string, { atLeastRevision }: CommandContext): Promise<VersionedTask> {
    return atLeastRevision === undefined
      ? this.streams.refresh(taskId)
      : this.streams.load(taskId, atLeastRevision);
  }

  /**
   * Carries out a command for a task. With `atLeastRevision` in the context a cached fold that new is good
   * enough, for the append's expected revision finds out a stale one; without it the stream's end is read.
   * Throws CommandRefusedError and what TaskStreams throws.
   */
  async execute(taskId: string, command: TaskCommand, context: CommandContext): Promise<Executed> {
    const causation = causationOf(context);
    let task = await this.load(taskId, context);
    for (let tries = 1; ; tries++) {
      const events = decide(command, task.state);
      if (events.length === 0) return { task, events };
      try {
        return { task: await this.streams.append(taskId, task, events, causation), events };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError) || tries >= MAX_TRIES) throw error;
        task = await this.streams.refresh(taskId);
      }
    }
  }
}
