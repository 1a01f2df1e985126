import { Inject, Injectable } from '@nestjs/common';
import { Places } from '../../access/places.js';
import { TooManyError } from '../../access/too-many.js';
import { WorkspaceLimits } from '../../access/workspace-limits.js';
import type { Clock } from '../../platform/clock.js';
import { CLOCK } from '../../platform/tokens.js';
import { Feed } from '../../projections/feed/feed.js';
import { WorkspaceRoom } from '../../projections/queries/workspace-room.js';

const DAY_MS = 86_400_000;
/** What is full may have room after so long, in seconds: nobody knows. */
const RETRY_AFTER_S = 10;
/** What was asked for counts here until the rows have it, or for so long. */
const ROWS_LIMIT_MS = 5_000;

type Kind = 'sessions' | 'promptsQueued';

/** Whether a workspace may have more of what does not wait in a line: further sessions, prompts. */
@Injectable()
export class Allowance {
  /** What was let through here and the rows may not have yet, so that many at once are not more than one after the other. */
  private readonly inHand = new Map<string, number>();

  constructor(
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
    @Inject(WorkspaceRoom) private readonly room: WorkspaceRoom,
    @Inject(Places) private readonly places: Places,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks for a further session of the task, if there is room for one. Throws TooManyError and what the work throws. */
  session<T>(taskId: string, work: () => Promise<T>): Promise<T> {
    return this.within('sessions', taskId, 'sessions in its live tasks', work, async (workspaceId) => {
      await this.assertMinutesLeft(workspaceId);
      return (await this.room.taken(workspaceId, 0, false)).sessions;
    });
  }

  /** Queues a prompt, if there may be a further one. Throws TooManyError and what the work throws. */
  prompt<T>(taskId: string, work: () => Promise<T>): Promise<T> {
    return this.within('promptsQueued', taskId, 'prompts that wait', work, async (workspaceId) => {
      await this.assertMinutesLeft(workspaceId);
      return this.limits.of(workspaceId).promptsQueued === null ? 0 : this.room.queuedPrompts(workspaceId);
    });
  }

  private async within<T>(
    kind: Kind,
    taskId: string,
    what: string,
    work: () => Promise<T>,
    count: (workspaceId: string) => Promise<number>,
  ): Promise<T> {
    if (!this.limits.any) return work();
    const place = await this.places.ofTask(taskId);
    // That there is no such task is told by the work.
    if (place === null) return work();
    const { [kind]: most, agentMinutesPerDay } = this.limits.of(place.workspaceId);
    if (most === null && agentMinutesPerDay === null) return work();
    const key = `${kind}/${place.workspaceId}`;
    const before = this.inHand.get(key) ?? 0;
    this.inHand.set(key, before + 1);
    const letGo = () => this.inHand.set(key, this.inHand.get(key)! - 1);
    try {
      const taken = await count(place.workspaceId);
      if (most !== null && taken + before >= most)
        throw new TooManyError('workspace_full', `The workspace has at most ${most} ${what}.`, RETRY_AFTER_S);
      const result = await work();
      void this.feed.waitFor(this.feed.position + 1n, ROWS_LIMIT_MS).then(letGo);
      return result;
    } catch (error) {
      letGo();
      throw error;
    }
  }

  private async assertMinutesLeft(workspaceId: string): Promise<void> {
    const { agentMinutesPerDay: most } = this.limits.of(workspaceId);
    if (most === null) return;
    const { agentMs } = await this.room.taken(workspaceId, 0, true);
    if (agentMs < most * 60_000) return;
    const now = this.clock.now().getTime();
    throw new TooManyError(
      'workspace_full',
      `The agents of the workspace have worked their ${most} minutes of today (UTC).`,
      Math.ceil((DAY_MS - (now % DAY_MS)) / 1_000),
    );
  }
}
