import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type CommandContext, type ExecutedOnTask } from './executor.js';

/** Somebody types in a shell in the task's sandbox, which is not to stop for want of activity for so long. */
export class NoteTypingCommand {
  /** @param forMs counted from now */
  constructor(
    readonly taskId: string,
    readonly forMs: number,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(NoteTypingCommand)
export class NoteTypingHandler implements ICommandHandler<NoteTypingCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, forMs, context }: NoteTypingCommand): Promise<ExecutedOnTask> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + forMs).toISOString();
    return this.executor.execute(taskId, { type: 'NoteTyping', until, at: now.toISOString() }, context);
  }
}
