import 'reflect-metadata';
import type { CommandBus } from '@nestjs/cqrs';
import { pino } from 'pino';
import type { Clock } from '../../src/platform/clock.js';
import { ArchiveTaskCommand, ArchiveTaskHandler } from '../../src/commands/archive-task.js';
import { ProjectSettings } from '../../src/commands/project-settings.js';
import { CreateTaskCommand, CreateTaskHandler } from '../../src/commands/create-task.js';
import { BranchReservations } from '../../src/sagas/stages/branch-reservations.js';
import { SessionEnds } from '../../src/sagas/stages/session-ends.js';
import { GiveUp, GiveUpHandler } from '../../src/commands/give-up.js';
import { WorkGuard } from '../../src/commands/work-guard.js';
import { KillTaskCommand, KillTaskHandler } from '../../src/commands/kill-task.js';
import { RequestSessionCommand, RequestSessionHandler } from '../../src/commands/request-session.js';
import { RetryTaskCommand, RetryTaskHandler } from '../../src/commands/retry-task.js';
import { InFlight } from '../../src/platform/in-flight.js';
import { StageRunner } from '../../src/sagas/stages/stage-runner.js';
import { SessionExecutor, TaskExecutor } from '../../src/commands/executor.js';
import type { Settings } from '../../src/platform/settings/settings.js';
import { ProjectStreams, SessionStreams, TaskStreams } from '../../src/store/aggregate-streams.js';
import { Readiness } from '../../src/platform/readiness.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { ProcessManager } from '../../src/sagas/process-manager.js';
import { provisioning } from '../../src/sagas/provisioning.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import { Host } from './host.js';
import type { SimulatedStore } from './simulated-store.js';
import type { SimulatedWorld } from './simulated-world.js';
import type { Weather } from './weather.js';

const silent = pino({ level: 'silent' });

interface Surroundings {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly store: SimulatedStore;
  readonly world: SimulatedWorld;
  readonly settings: Settings;
}

/** One process of the service: the real process manager, stage runner and handlers, wired as Nest wires them. */
export class Service {
  readonly host: Host;
  readonly inFlight = new InFlight();
  private readonly saga: ProcessManager;
  private readonly handlers: ReadonlyMap<unknown, { execute(command: never): Promise<unknown> }>;

  constructor(
    name: string,
    private readonly surroundings: Surroundings,
  ) {
    const { weather, settings } = surroundings;
    this.host = new Host(name);
    const { host, inFlight } = this;
    const clock: Clock = {
      now: () => surroundings.clock.now(),
      after: (ms, wake) => surroundings.clock.after(ms, () => void host.running().then(wake)),
      sleep: (ms, signal) => host.sees(surroundings.clock.sleep(ms, signal)),
    };
    const store = surroundings.store.seenBy(host);
    const providers = new ProviderRegistry(
      settings.providers.map((id) => surroundings.world.seenBy(host, id)),
    );
    const streams = new TaskStreams(store);
    const executor = new TaskExecutor(streams, clock, weather.random);
    const projects = new ProjectSettings(new ProjectStreams(store));
    const branches = new BranchReservations(store, streams, clock);
    const ends = new SessionEnds(
      new SessionExecutor(new SessionStreams(store), clock, weather.random),
      clock,
      silent,
    );
    const stages = new StageRunner(
      executor,
      providers,
      branches,
      ends,
      settings,
      clock,
      weather.random,
      silent,
    );
    this.handlers = new Map<unknown, { execute(command: never): Promise<unknown> }>([
      [
        CreateTaskCommand,
        new CreateTaskHandler(streams, providers, projects, { of: () => settings.limits }, settings, clock),
      ],
      [RetryTaskCommand, new RetryTaskHandler(executor, clock)],
      [
        ArchiveTaskCommand,
        new ArchiveTaskHandler(executor, new WorkGuard(executor, providers), inFlight, clock),
      ],
      [KillTaskCommand, new KillTaskHandler(executor, new WorkGuard(executor, providers), inFlight, clock)],
      [GiveUp, new GiveUpHandler(executor, clock)],
      [RequestSessionCommand, new RequestSessionHandler(executor, providers, clock)],
    ]);
    const bus = { execute: (command: object) => this.execute(command) } as unknown as CommandBus;
    this.saga = new ProcessManager(
      [provisioning(stages, { isKeptWaiting: () => Promise.resolve(false) }, settings)],
      store,
      streams,
      bus,
      inFlight,
      new Readiness(),
      clock,
      silent,
    );
    this.saga.onApplicationBootstrap();
  }

  /** What the command bus does. */
  execute(command: object): Promise<unknown> {
    return this.handlers.get(command.constructor)!.execute(command as never);
  }

  /** SIGKILL. */
  kill(): void {
    this.host.kill();
    this.surroundings.store.group.drop(this.host);
  }

  /** SIGTERM: resolves when it has put everything down. */
  async stop(): Promise<void> {
    await this.saga.beforeApplicationShutdown();
    this.kill();
  }
}
