import type { Logger } from 'pino';
import { newContext } from '../../commands/command-context.js';
import type { TaskExecutor } from '../../commands/task-executor.js';
import { summaryOf, type Session } from '../../events/session/session-state.js';
import type { Clock } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';

/** Changes within so many milliseconds are told as one: an agent begins and ends many things in a moment. */
const TOGETHER_MS = 100;
const RETRY_MS = 1_000;

/** Has the task's record say what others see of a session, soon after it has changed. */
export class SummaryNote {
  private latest?: Session;
  private cancel?: () => void;

  constructor(
    private readonly taskExecutor: TaskExecutor,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** The session is now like this. */
  changed(session: Session): void {
    this.latest = session;
    this.cancel ??= this.clock.after(TOGETHER_MS, () => void this.storeOrRetry());
  }

  /** Nobody attends to the session any more: what is not told yet is told now, as far as that is possible. */
  async settle(): Promise<void> {
    if (this.cancel === undefined) return;
    this.cancel();
    this.cancel = undefined;
    await this.store().catch(() => undefined);
  }

  private async storeOrRetry(): Promise<void> {
    this.cancel = undefined;
    try {
      await this.store();
    } catch (error) {
      const { sessionId } = this.latest!;
      this.log.debug({ sessionId, reason: reasonOf(error) }, 'what a session does is told to its task later');
      this.cancel ??= this.clock.after(RETRY_MS, () => void this.storeOrRetry());
    }
  }

  private async store(): Promise<void> {
    const { taskId, sessionId } = this.latest!;
    const summary = summaryOf(this.latest!);
    const at = this.clock.now().toISOString();
    await this.taskExecutor.execute(
      taskId,
      { type: 'NoteSession', sessionId, summary, at },
      { ...newContext('session'), atLeastRevision: 0n },
    );
  }
}
