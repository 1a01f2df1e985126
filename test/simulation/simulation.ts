import type { Settings } from '../../src/platform/settings/settings.js';
import type { StoredEvent } from '../../src/events/stored-event.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { Clients } from './clients.js';
import { Invariants } from './invariants.js';
import { Service } from './service.js';
import { PROVIDERS, SETTINGS } from './settings.js';
import { SimulatedStore } from './simulated-store.js';
import { SimulatedWorld } from './simulated-world.js';
import { Weather } from './weather.js';

/** When the weather turns calm, in milliseconds from the start. */
const STORM_MS = 50_000;
/** By then everything has to be at rest. */
const REST_MS = 600_000;

export interface Report {
  readonly seed: number;
  /** What should never be; empty when all is well. */
  readonly violations: readonly string[];
  /** What was stored, done and suffered, in order. Only when asked for. */
  readonly trace: readonly string[];
  readonly events: number;
  readonly effects: number;
}

/** One whole life of the service under one seed: a storm, calm, rest, and then everything is killed. */
export async function simulate(seed: number, traced = false): Promise<Report> {
  const simulation = new Simulation(seed, traced);
  return simulation.run();
}

class Simulation {
  private readonly clock = new VirtualClock();
  private readonly start = this.clock.now().getTime();
  private readonly weather: Weather;
  private readonly settings: Settings;
  private readonly store: SimulatedStore;
  private readonly world: SimulatedWorld;
  private readonly clients: Clients;
  private readonly invariants: Invariants;
  private readonly trace: string[] = [];
  private services: Service[] = [];
  private started = 0;

  constructor(
    private readonly seed: number,
    private readonly traced: boolean,
  ) {
    const { clock } = this;
    this.weather = new Weather(seed);
    this.settings = this.weather.pick(SETTINGS);
    this.store = new SimulatedStore(clock, this.weather, (event) => this.noteEvent(event));
    this.invariants = new Invariants(this.store, clock);
    this.world = new SimulatedWorld(
      clock,
      this.weather,
      this.store,
      (host, stage, taskId) => {
        this.note(`${host.name}: ${stage} begins for ${taskId}`);
        this.invariants.effectBegins(host, stage, taskId);
      },
      ({ what, taskId }) => this.note(`world: ${what} for ${taskId}`),
    );
    this.clients = new Clients(
      clock,
      this.weather,
      () => this.anyService(),
      PROVIDERS,
      (text) => this.note(text),
    );
  }

  async run(): Promise<Report> {
    const { weather, clients, invariants, world } = this;
    for (let n = weather.pick([1, 1, 2]); n > 0; n--) this.startService();
    const lives = Array.from({ length: weather.between(1, 4) }, (_, n) => clients.live(`task-${n}`));
    const disturbances = Array.from({ length: weather.pick([0, 0, 1, 2, 4]) }, () => this.disturb());
    let over = false;
    const storm = Promise.all([...lives, ...disturbances]).then(() => (over = true));
    await this.clock.advance(STORM_MS);
    this.note('calm');
    weather.calm = true;
    await this.rest();
    if (over) await storm;
    else invariants.violations.push('somebody still waits for an answer');
    invariants.atRest(world, clients.told, this.services);

    this.note('retry what is in error');
    for (const told of clients.told) {
      if (invariants.statusOf(told.taskId) === 'error') await this.ask('retry', told);
    }
    await this.rest();
    invariants.nothingIsStuck(clients.told);

    this.note('kill everything');
    for (const told of clients.told) await this.ask('kill', told);
    await this.rest();
    invariants.everythingIsGone(world, clients.told);
    return {
      seed: this.seed,
      violations: invariants.violations,
      trace: this.trace,
      events: this.store.log.length,
      effects: world.ledger.length,
    };
  }

  private async ask(wish: 'retry' | 'kill', told: Clients['told'][number]): Promise<void> {
    const asked = this.clients.fulfil(told, wish, 'the end');
    await this.rest();
    await asked;
  }

  /** Until nothing waits for any time to come. */
  private async rest(): Promise<void> {
    const end = this.clock.now().getTime() + REST_MS;
    while (await this.clock.next(end));
    if (this.clock.pending > 0)
      this.invariants.violations.push('something still waits after ten minutes of calm');
  }

  private anyService(): Service | undefined {
    const up = this.services.filter(({ host }) => host.isUp);
    return up.length === 0 ? undefined : this.weather.pick(up);
  }

  private startService(): void {
    const { clock, weather, store, world, settings } = this;
    this.services.push(new Service(`service-${++this.started}`, { clock, weather, store, world, settings }));
  }

  /** Something happens to one of the processes, some time in the storm; it is over before the calm. */
  private async disturb(): Promise<void> {
    const { clock, weather } = this;
    await clock.sleep(weather.between(0, weather.pick([500, 5_000, 25_000])));
    const service = this.anyService();
    if (service === undefined) return;
    const { host } = service;
    const what = weather.pick(['kill', 'kill', 'stop', 'freeze', 'reconnect'] as const);
    this.note(`${what} ${host.name}`);
    switch (what) {
      case 'kill':
        service.kill();
        return this.replace(service);
      case 'stop':
        await this.stop(service);
        return this.replace(service);
      case 'reconnect':
        host.isStale = true;
        void this.store.group.reconnect(host, weather.between(0, 5_000));
        return;
      case 'freeze': {
        host.isStale = true;
        host.freeze();
        const ms = weather.between(10, 20_000);
        // Its connection is given up after five seconds, and comes back when it does.
        if (ms > 5_000) void clock.sleep(5_000).then(() => this.store.group.reconnect(host, 0));
        await clock.sleep(ms);
        host.thaw();
        this.note(`thaw ${host.name}`);
      }
    }
  }

  private async stop(service: Service): Promise<void> {
    const before = this.clock.now().getTime();
    const frozen = service.host.isStale;
    await Promise.race([service.stop(), service.host.death]);
    const took = this.clock.now().getTime() - before;
    if (took > 5_000 && !frozen && !service.host.isStale) {
      this.invariants.violations.push(`${service.host.name} took ${took} ms to stop`);
    }
  }

  private async replace(service: Service): Promise<void> {
    this.services = this.services.filter((other) => other !== service);
    await this.clock.sleep(this.weather.between(0, 3_000));
    this.startService();
    this.note(`service-${this.started} starts`);
  }

  private noteEvent({ stream, type, data }: StoredEvent): void {
    if (this.traced) this.note(`stored: ${type} ${JSON.stringify(data)} in ${stream}`);
  }

  private note(text: string): void {
    if (this.traced) this.trace.push(`${this.clock.now().getTime() - this.start} ${text}`);
  }
}
