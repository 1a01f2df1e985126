import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { SessionExecutor, type CommandContext } from '../../commands/executor.js';
import type { Task } from '../../events/task/task-state.js';
import type { Clock } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';
import { CLOCK, LOGGER } from '../../platform/tokens.js';
import { isPassing } from '../is-passing.js';

/** What a session ends with. */
export type End = 'archived' | 'asleep' | 'killed';

const REASON: Record<End, string> = {
  archived: 'the task was archived',
  asleep: 'the task sleeps',
  killed: 'the task was killed',
};

/** Has the sessions of a task that is over say so, each in its own stream. */
@Injectable()
export class SessionEnds {
  constructor(
    @Inject(SessionExecutor) private readonly executor: SessionExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Ends those that have a stream; may be done any number of times. Rejects with what passes (try again). A stream that cannot
   * be read takes no event, and keeps no task alive.
   */
  async endAll({ taskId, sessions }: Task, end: End, context: CommandContext): Promise<void> {
    const fresh = { ...context, atLeastRevision: undefined };
    const reason = REASON[end];
    for (const { sessionId } of sessions) {
      try {
        const at = this.clock.now().toISOString();
        const { state } = await this.executor.load(sessionId, fresh);
        if (state === null) continue;
        await this.executor.execute(sessionId, { type: 'End', reason, isFinal: end === 'killed', at }, fresh);
      } catch (error) {
        if (isPassing(error)) throw error;
        const text = 'that a session of a task has ended could not be stored';
        this.log.warn({ taskId, sessionId, reason: reasonOf(error) }, text);
      }
    }
  }
}
