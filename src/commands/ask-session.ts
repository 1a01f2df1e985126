import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SessionEvent } from '../events/session/session-events.js';
import type { Session } from '../events/session/session-state.js';
import type { Task } from '../events/task/task-state.js';
import type { TaskStatus } from '../events/task/vocabulary.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { type CommandContext, type Executed, SessionExecutor, TaskExecutor } from './executor.js';
import { CommandRefusedError, existing } from './command-refused.js';
import type { SessionCommand } from './session-commands.js';
import { noteSession, type NoteTools } from './note-session.js';
import { TooBusyError } from './turns.js';
import { openingOf } from './session-opening.js';

/** How one goes on with a task whose sessions have ended. */
const ADVICE: Partial<Record<TaskStatus, string>> = {
  archived: ' Resume the task to go on.',
  sleeping: ' The next prompt wakes the task.',
};

/** How often the task is told before that is left to others. */
const MOST_ROUNDS = 10;

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
export class AskSessionHandler
  implements ICommandHandler<AskSessionCommand, Executed<Session, SessionEvent>>, NoteTools
{
  constructor(
    @Inject(TaskExecutor) readonly tasks: TaskExecutor,
    @Inject(SessionExecutor) readonly sessions: SessionExecutor,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}

  async execute({
    taskId,
    sessionId,
    wish,
    context,
  }: AskSessionCommand): Promise<Executed<Session, SessionEvent>> {
    const at = this.clock.now().toISOString();
    const task = await this.awake(existing((await this.tasks.load(taskId, context)).state), wish, context);
    const session = task.sessions.find((each) => each.sessionId === sessionId);
    if (session === undefined)
      throw new CommandRefusedError('session_not_found', 'The task has no such session.');
    if (task.status === 'killing')
      throw new CommandRefusedError('session_is_over', 'The session is over: the task is being killed.');
    if (session.state === 'ended' || session.state === 'error') {
      const advice = ADVICE[task.status] ?? '';
      throw new CommandRefusedError(
        'session_is_over',
        `The session is over: ${session.error ?? session.state}.${advice}`,
      );
    }
    await this.sessions.execute(sessionId, openingOf(task, session, at), { ...context, atLeastRevision: 0n });
    const executed = await this.sessions.execute(sessionId, { ...wish, at } as SessionCommand, context);
    // Also where there was nothing to store: this may be asked again because the first time ended before the record knew.
    await this.note(executed.fold.state!, context);
    return executed;
  }

  /**
   * The task, woken where it sleeps and something new is asked: before that is stored, so that no prompt is left to a task
   * that nobody wakes.
   */
  private async awake(task: Task, wish: SessionWish, context: CommandContext): Promise<Task> {
    if (task.status !== 'sleeping' || wish.type !== 'QueuePrompt') return task;
    const at = this.clock.now().toISOString();
    const { fold } = await this.tasks.execute(task.taskId, { type: 'Wake', at }, context);
    return existing(fold.state);
  }

  /** The wish is stored. That many tell its task of something just now is no reason to answer that nothing was done. */
  private async note(session: Session, context: CommandContext): Promise<void> {
    for (let rounds = 1; ; rounds++) {
      try {
        return await noteSession(this, session, context);
      } catch (error) {
        if (!(error instanceof TooBusyError)) throw error;
        // Those who were faster look at the session again after they have told of it.
        if (rounds >= MOST_ROUNDS) return;
      }
    }
  }
}
