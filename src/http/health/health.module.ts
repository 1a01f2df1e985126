import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics, register } from 'prom-client';
import { StoreCanary } from '../../store/store-canary.js';
import type { EventStore } from '../../store/event-store.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import { HealthController } from './health.controller.js';
import { Readiness } from '../../platform/readiness.js';

@Global()
@Module({ controllers: [HealthController], providers: [Readiness], exports: [Readiness] })
export class HealthModule implements OnModuleInit {
  private readonly canary: StoreCanary;

  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(EVENT_STORE) store: EventStore,
  ) {
    this.canary = new StoreCanary(store);
  }

  onModuleInit(): void {
    // Of the process, which may have had an application before, in a test.
    if (register.getSingleMetric('process_cpu_seconds_total') === undefined) collectDefaultMetrics();
    this.readiness.register('eventStore', async () => {
      await this.canary.probe();
      return { ok: true, detail: 'an event went in and came back' };
    });
  }
}
