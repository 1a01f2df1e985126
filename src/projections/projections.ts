import { Inject, Injectable } from '@nestjs/common';
import { RowsDatabase } from './database/rows-database.js';
import { Feed } from './feed/feed.js';
import { HistoryTail } from './feed/history-tail.js';
import { Projector, type ProjectorState } from './projector/projector.js';

export interface ProjectionsStatus {
  /** Whether PostgreSQL answers. */
  readonly connected: boolean;
  readonly projecting: ProjectorState;
  /** Why nothing is projected until somebody does something about it, or undefined. */
  readonly trouble: string | undefined;
  /** Position up to which the rows are, as far as this process knows. */
  readonly checkpoint: string;
  /** Events that could not be projected. */
  readonly parked: number;
}

/** The rows as the rest of the service sees them. */
@Injectable()
export class Projections {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(Projector) private readonly projector: Projector,
    @Inject(HistoryTail) private readonly tail: HistoryTail,
    @Inject(Feed) private readonly feed: Feed,
  ) {}

  async status(): Promise<ProjectionsStatus> {
    return {
      connected: this.tail.connected,
      projecting: this.projector.state,
      trouble: this.projector.trouble,
      checkpoint: this.feed.position.toString(),
      parked: await this.parked(),
    };
  }

  /** Resolves with whether the rows, as this process can read them, came as far as the position in time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.feed.waitFor(position, timeoutMs);
  }

  private async parked(): Promise<number> {
    try {
      const [row] = await this.database.read((manager) =>
        manager.query<{ count: number }[]>('SELECT count(*)::int AS count FROM parked_events'),
      );
      return row!.count;
    } catch {
      // Away: `connected` says so.
      return 0;
    }
  }
}
