import 'reflect-metadata';
import { pino } from 'pino';
import { AskSessionCommand, AskSessionHandler } from '../../../src/commands/ask-session.js';
import { SessionExecutor, TaskExecutor } from '../../../src/commands/executor.js';
import type { Clock } from '../../../src/platform/clock.js';
import { SessionDeltas } from '../../../src/platform/session-deltas.js';
import type { Settings } from '../../../src/platform/settings/settings.js';
import { ProviderRegistry } from '../../../src/providers/provider-registry.js';
import { SessionHost } from '../../../src/sagas/sessions/session-host.js';
import { SessionStreams, TaskStreams } from '../../../src/store/aggregate-streams.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { Host } from '../host.js';
import type { SimulatedStore } from '../simulated-store.js';
import type { Weather } from '../weather.js';
import type { AgentWorld } from './agent-world.js';

const silent = pino({ level: 'silent' });

export interface Surroundings {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly store: SimulatedStore;
  readonly world: AgentWorld;
  readonly settings: Settings;
}

/** One process of the service, as far as sessions are concerned: the real host, drivers and handler. */
export class SessionService {
  readonly host: Host;
  private readonly sessionHost: SessionHost;
  private readonly handler: AskSessionHandler;

  constructor(name: string, surroundings: Surroundings) {
    const { weather, settings, world } = surroundings;
    this.host = new Host(name);
    const { host } = this;
    const clock: Clock = {
      now: () => surroundings.clock.now(),
      after: (ms, wake) => surroundings.clock.after(ms, () => void host.running().then(wake)),
      sleep: (ms, signal) => host.sees(surroundings.clock.sleep(ms, signal)),
    };
    const store = surroundings.store.seenBy(host);
    const tasks = new TaskStreams(store);
    const sessions = new SessionStreams(store);
    const taskExecutor = new TaskExecutor(tasks, clock, weather.random);
    const executor = new SessionExecutor(sessions, clock, weather.random);
    this.handler = new AskSessionHandler(taskExecutor, executor, clock);
    this.sessionHost = new SessionHost(
      store,
      tasks,
      sessions,
      taskExecutor,
      executor,
      new ProviderRegistry([world.seenBy(host)]),
      new SessionDeltas(),
      settings,
      clock,
      weather.random,
      silent,
    );
    this.sessionHost.onApplicationBootstrap();
  }

  ask(command: AskSessionCommand): Promise<unknown> {
    return this.handler.execute(command);
  }

  /** SIGKILL. */
  kill(): void {
    this.host.kill();
  }

  /** SIGTERM: resolves when it has put everything down. */
  async stop(): Promise<void> {
    await this.sessionHost.beforeApplicationShutdown();
    this.kill();
  }
}
