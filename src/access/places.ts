import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { sessionStream } from '../events/session/session-events.js';
import { taskStream } from '../events/task/task-events.js';
import { EVENT_STORE } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import type { Place } from './permissions.js';

const KEPT = 50_000;

/** In which workspace tasks and sessions are: the first event of their stream says so, and that never changes. */
@Injectable()
export class Places {
  private readonly places = new LRUCache<string, Place>({ max: KEPT });

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** Null where there is no such task. Throws EventStoreUnavailableError. */
  ofTask(taskId: string): Promise<Place | null> {
    return this.ofStream(taskStream(taskId));
  }

  /** Null where nothing was said in it yet. Throws EventStoreUnavailableError. */
  ofSession(sessionId: string): Promise<Place | null> {
    return this.ofStream(sessionStream(sessionId));
  }

  /** Null where the stream does not say so. Throws EventStoreUnavailableError. */
  async ofStream(stream: string): Promise<Place | null> {
    const known = this.places.get(stream);
    if (known !== undefined) return known;
    for await (const { data, metadata } of this.store.readStream(stream, { limit: 1 })) {
      const { workspaceId } = (data ?? {}) as { workspaceId?: unknown };
      if (typeof workspaceId !== 'string') return null;
      const place = { workspaceId, actor: typeof metadata.actor === 'string' ? metadata.actor : null };
      this.places.set(stream, place);
      return place;
    }
    return null;
  }
}
