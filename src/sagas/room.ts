import { Inject, Injectable } from '@nestjs/common';
import { WorkspaceLimits } from '../access/workspace-limits.js';
import { needsRoom } from '../commands/decide-room.js';
import { TaskExecutor, type CommandContext } from '../commands/executor.js';
import type { Task } from '../events/task/task-state.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';

/**
 * Tasks of a workspace whose live tasks are counted wait before they begin: that is stored, and whoever has the rows lets
 * them in, first come, first served (`src/app/admissions.ts`). Nothing is held here meanwhile.
 */
@Injectable()
export class Room {
  constructor(
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether the task waits now, and is not to be begun. Throws what the executor throws. */
  async isKeptWaiting(task: Task, context: CommandContext): Promise<boolean> {
    if (!needsRoom(task)) return task.queued !== null;
    await this.limits.loaded;
    if (!this.limits.holdsBack(task.workspaceId)) return false;
    const at = this.clock.now().toISOString();
    const { fold } = await this.executor.execute(task.taskId, { type: 'QueueTask', at }, context);
    return fold.state?.queued !== null;
  }
}
