import type { Logger } from 'pino';
import { newContext } from '../../commands/executor.js';
import { noteSession, type NoteTools } from '../../commands/note-session.js';
import type { Session } from '../../events/session/session-state.js';
import { reasonOf } from '../../platform/reason.js';

/** Changes within so many milliseconds are told as one: an agent begins and ends many things in a moment. */
const TOGETHER_MS = 100;
const RETRY_MS = 1_000;

/** Has the task's record say what others see of a session, soon after it has changed. */
export class SummaryNote {
  private cancel?: () => void;

  constructor(
    private readonly session: Pick<Session, 'taskId' | 'sessionId'>,
    private readonly tools: NoteTools,
    private readonly log: Logger,
    /** Up to which revision of the session there is something to know. */
    private readonly known: () => bigint,
    /** So much longer, where the store has much to do. */
    private readonly apart: (ms: number) => number,
  ) {}

  /** The session has changed, or what its task says of it. */
  changed(): void {
    this.cancel ??= this.tools.clock.after(this.apart(TOGETHER_MS), () => void this.storeOrRetry());
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
      const { sessionId } = this.session;
      this.log.debug({ sessionId, reason: reasonOf(error) }, 'what a session does is told to its task later');
      this.cancel ??= this.tools.clock.after(RETRY_MS, () => void this.storeOrRetry());
    }
  }

  private store(): Promise<void> {
    const context = { ...newContext('session'), atLeastRevision: 0n };
    return noteSession(this.tools, this.session, context, this.known);
  }
}
