import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { WorkspaceLimits } from '../access/workspace-limits.js';
import { WorkspaceRoom, type RoomNow } from './queries/workspace-room.js';

const USED = 'slipway_workspace_used';
const LIMIT = 'slipway_workspace_limit';
/** However often the metrics are asked for, the rows are counted no more often than this, in milliseconds. */
const AGE_MS = 10_000;
/** A database that needs longer has better things to do. */
const LIMIT_MS = 2_000;
/** A series for each of thousands of workspaces would be too many for whoever keeps them. */
const MOST_WORKSPACES = 50;

/** What is counted, and which limit is of the same. */
const COUNTED = [
  ['live_tasks', 'liveTasks', 'liveTasks'],
  ['waiting_tasks', 'waitingTasks', null],
  ['sessions', 'sessions', 'sessions'],
  ['queued_prompts', 'promptsQueued', 'promptsQueued'],
  ['agent_minutes_today', 'agentMinutesToday', 'agentMinutesPerDay'],
] as const;

type Labels = 'workspace' | 'of';

/** Tells how much the fullest workspaces have and may have. While the rows are away it goes on to tell what it knew. */
@Injectable()
export class WorkspaceGauges implements OnModuleInit {
  private counted = -Infinity;
  private limit!: Gauge<Labels>;
  private used!: Gauge<Labels>;

  constructor(
    @Inject(WorkspaceRoom) private readonly room: WorkspaceRoom,
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
  ) {}

  onModuleInit(): void {
    // A process has one of a name, however many applications a test makes in it.
    for (const name of [USED, LIMIT]) register.removeSingleMetric(name);
    const labelNames = ['workspace', 'of'] as const;
    this.limit = new Gauge({
      name: LIMIT,
      help: 'How much a workspace may have, where that is limited; of the workspaces of slipway_workspace_used',
      labelNames,
    });
    this.used = new Gauge({
      name: USED,
      help: `How much a workspace has, of the ${MOST_WORKSPACES} with the most live tasks; the same from every replica`,
      labelNames,
      collect: () => this.count(),
    });
  }

  private async count(): Promise<void> {
    if (performance.now() - this.counted < AGE_MS) return;
    this.counted = performance.now();
    const fullest = await this.room.fullest(MOST_WORKSPACES, LIMIT_MS).catch(() => null);
    if (fullest === null) return;
    this.used.reset();
    this.limit.reset();
    for (const [workspace, now] of fullest) this.tell(workspace, now);
  }

  private tell(workspace: string, now: RoomNow): void {
    const limits = this.limits.of(workspace);
    for (const [of, counted, limited] of COUNTED) {
      this.used.set({ workspace, of }, now[counted]);
      const limit = limited === null ? null : limits[limited];
      if (limit !== null) this.limit.set({ workspace, of }, limit);
    }
  }
}
