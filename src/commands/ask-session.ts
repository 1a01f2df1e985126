import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SessionEvent } from '../events/session/session-events.js';
import { summaryOf, type Session } from '../events/session/session-state.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import type { CommandContext } from './command-context.js';
import { CommandRefusedError } from './command-refused.js';
import type { Executed } from './executor.js';
import type { SessionCommand } from './session-commands.js';
import { SessionExecutor } from './session-executor.js';
import { openingOf } from './session-opening.js';
import { TaskExecutor } from './task-executor.js';

type Of<T extends SessionCommand['type']> = Extract<SessionCommand, { type: T }>;
type WithoutTime<C> = C extends unknown ? Omit<C, 'at'> : never;

/** What people ask of a session. */
export type SessionWish = WithoutTime<
  Of<'QueuePrompt' | 'WithdrawPrompt' | 'ResendPrompt' | 'Cancel' | 'AnswerPermission' | 'ChangeSettings'>
>;

/** Asks something of a session: stores the wish; the agent is told behind. Also before the agent is there. */
export class AskSessionCommand {
  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    readonly wish: SessionWish,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(AskSessionCommand)
export class AskSessionHandler implements ICommandHandler<
  AskSessionCommand,
  Executed<Session, SessionEvent>
> {
  constructor(
    @Inject(TaskExecutor) private readonly tasks: TaskExecutor,
    @Inject(SessionExecutor) private readonly sessions: SessionExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({
    taskId,
    sessionId,
    wish,
    context,
  }: AskSessionCommand): Promise<Executed<Session, SessionEvent>> {
    const at = this.clock.now().toISOString();
    const { state: task } = await this.tasks.load(taskId, context);
    if (task === null) throw new CommandRefusedError('task_not_found', 'There is no such task.');
    const session = task.sessions.find((each) => each.sessionId === sessionId);
    if (session === undefined)
      throw new CommandRefusedError('session_not_found', 'The task has no such session.');
    if (session.state === 'ended' || session.state === 'error') {
      const advice = task.status === 'archived' ? ' Resume the task to go on.' : '';
      throw new CommandRefusedError(
        'session_is_over',
        `The session is over: ${session.error ?? session.state}.${advice}`,
      );
    }
    await this.sessions.execute(sessionId, openingOf(task, session, at), { ...context, atLeastRevision: 0n });
    const executed = await this.sessions.execute(sessionId, { ...wish, at } as SessionCommand, context);
    if (executed.events.length > 0) {
      const summary = summaryOf(executed.fold.state!);
      await this.tasks.execute(taskId, { type: 'NoteSession', sessionId, summary, at }, context);
    }
    return executed;
  }
}
