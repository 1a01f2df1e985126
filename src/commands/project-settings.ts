import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Versioned } from '../events/fold.js';
import { NO_SETTINGS, type ProjectSettingsFold, type ProjectState } from '../events/project/project-state.js';
import { ProjectStreams } from '../store/aggregate-streams.js';

/** So long others' changes may go unseen here: tasks are created far more often than settings change. */
const FRESH_MS = 1_000;
const KEPT = 10_000;

/** Projects' settings, for those who act on them. */
@Injectable()
export class ProjectSettings {
  /** Projects that were asked for a moment ago; who asks meanwhile is answered with the same read. */
  private readonly fresh = new LRUCache<string, Promise<Versioned<ProjectState>>>({
    max: KEPT,
    ttl: FRESH_MS,
  });

  constructor(@Inject(ProjectStreams) private readonly streams: ProjectStreams) {}

  /** As they are now; another replica's change of the last second may be missing. Rejects with EventStoreUnavailableError. */
  async of(projectId: string): Promise<ProjectSettingsFold> {
    let read = this.fresh.get(projectId);
    if (read === undefined) {
      read = this.streams.refresh(projectId);
      this.fresh.set(projectId, read);
    }
    const fold = await read.catch((error: unknown) => {
      this.fresh.delete(projectId);
      throw error;
    });
    // What this process has stored since is in the cache.
    return (this.streams.cached(projectId) ?? fold).state ?? NO_SETTINGS;
  }
}
