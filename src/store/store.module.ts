import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { EVENT_STORE } from '../platform/tokens.js';
import type { EventStore } from './event-store.js';
import { SealedEvents } from './sealed-events.js';
import { ProjectStreams, SessionStreams, TaskStreams } from './aggregate-streams.js';

/** The events, for everybody. */
@Global()
@Module({})
export class StoreModule implements OnApplicationShutdown {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** @param keysDir where the keys of tasks are, or null: texts are stored in clear */
  static forRoot(kept: EventStore, keysDir: string | null): DynamicModule {
    const store = new SealedEvents(kept, keysDir);
    return {
      module: StoreModule,
      providers: [
        { provide: EVENT_STORE, useValue: store },
        { provide: SealedEvents, useValue: store },
        { provide: TaskStreams, useValue: new TaskStreams(store) },
        { provide: SessionStreams, useValue: new SessionStreams(store) },
        { provide: ProjectStreams, useValue: new ProjectStreams(store) },
      ],
      exports: [EVENT_STORE, SealedEvents, TaskStreams, SessionStreams, ProjectStreams],
    };
  }

  /** Last of all: until then others may still be storing what they finished. */
  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}
