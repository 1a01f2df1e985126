import type { Stage } from '../../src/events/task/vocabulary.js';
import { taskStream } from '../../src/events/task/task-events.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { Clients, type Told } from './clients.js';
import { Invariants } from './invariants.js';
import { Service } from './service.js';
import { PROVIDERS, SETTINGS } from './settings.js';
import { SimulatedStore } from './simulated-store.js';
import { SimulatedWorld } from './simulated-world.js';
import { Weather } from './weather.js';

/** How many of the tasks' messages end their process a few times before they come through, and how many do so always. */
interface Cast {
  readonly innocents: number;
  readonly unlucky: number;
  readonly poisons: number;
}

/** One message that ends the process is given up after three lives that ended with it alone. */
const UNLUCKY_DEATHS = [1, 2];
/** The stages that may be deadly. */
const STAGES: readonly Stage[] = ['create_sandbox', 'ensure_agent', 'create_session'];
/** By then everything has to be at rest, in milliseconds of the simulated time. */
const REST_MS = 3_600_000;
const MOST_DEATHS = 200;

/**
 * One life under one seed in which nothing goes wrong but that processes end, mostly with the very message that they
 * handle: a few times in a row, or whenever it is handled.
 * @returns what should never be, and what happened
 */
export async function livesThroughDeaths(seed: number): Promise<{ violations: string[]; trace: string[] }> {
  return new Deaths(seed).run();
}

class Deaths {
  private readonly clock = new VirtualClock();
  private readonly start = this.clock.now().getTime();
  private readonly weather: Weather;
  private readonly store: SimulatedStore;
  private readonly world: SimulatedWorld;
  private readonly clients: Clients;
  private readonly invariants: Invariants;
  private readonly trace: string[] = [];
  /** By the task's text: at which stage the process ends, and how often still. */
  private readonly deadly = new Map<string, { readonly stage: Stage; left: number }>();
  private services: Service[] = [];
  private started = 0;
  private deaths = 0;

  constructor(seed: number) {
    const { clock, trace } = this;
    const note = (text: string) => trace.push(`${clock.now().getTime() - this.start} ${text}`);
    this.weather = new Weather(seed);
    this.weather.calm = true;
    this.store = new SimulatedStore(clock, this.weather, ({ type, stream }) =>
      note(`stored: ${type} in ${stream}`),
    );
    this.invariants = new Invariants(this.store, clock);
    this.world = new SimulatedWorld(
      clock,
      this.weather,
      this.store,
      (host, stage, taskId) => this.invariants.effectBegins(host, stage, taskId),
      ({ what, taskId }) => note(`world: ${what} for ${taskId}`),
    );
    this.world.ends = (host, stage, taskId) => {
      const fate = this.deadly.get(this.textOf(taskId));
      if (fate?.stage !== stage || fate.left === 0) return false;
      fate.left--;
      note(`${host.name} ends with ${stage} of ${taskId}`);
      this.end(this.services.find((service) => service.host === host)!);
      return true;
    };
    this.clients = new Clients(
      clock,
      this.weather,
      () => this.services.find(({ host }) => host.isUp),
      PROVIDERS,
      note,
    );
  }

  async run(): Promise<{ violations: string[]; trace: string[] }> {
    const { weather, invariants, world, clients, trace } = this;
    const replicas = weather.pick([1, 1, 2]);
    const settings = weather.pick(SETTINGS);
    const start = () => {
      const { clock, store } = this;
      const name = `service-${++this.started}`;
      this.services.push(new Service(name, { clock, weather, store, world, settings }));
    };
    this.restart = start;
    for (let n = 0; n < replicas; n++) start();
    const told = await this.create({
      innocents: weather.between(1, weather.pick([4, 40])),
      unlucky: weather.pick([0, 1, 3]),
      poisons: weather.pick([0, 1, 1, 2]),
    });
    await this.rest();
    this.givenUp(told.poison);
    invariants.atRest(world, clients.told, this.services);
    for (const { taskId } of told.innocent) this.expects(taskId, 'running');
    for (const { taskId } of told.poison) this.expects(taskId, 'error');

    // Whoever retries has mended the cause.
    this.deadly.clear();
    for (const one of told.poison) {
      const asked = clients.fulfil(one, 'retry', 'mended');
      await this.rest();
      await asked;
      this.expects(one.taskId, 'running');
    }
    return { violations: invariants.violations, trace };
  }

  private restart: () => void = () => {};

  private async create({ innocents, unlucky, poisons }: Cast): Promise<{ innocent: Told[]; poison: Told[] }> {
    const { weather } = this;
    const one = async (name: string, deaths: number): Promise<Told> => {
      await this.clock.sleep(weather.between(0, 2_000));
      const request = {
        task: name,
        repoRemote: 'https://git.example.com/acme/shop.git',
        providerId: weather.pick(PROVIDERS),
      };
      if (deaths > 0) this.deadly.set(name, { stage: weather.pick(STAGES), left: deaths });
      return (await this.clients.create(request, name))!;
    };
    const many = (count: number, name: string, deaths: () => number) =>
      Promise.all(Array.from({ length: count }, (_, n) => one(`${name}-${n}`, deaths())));
    const all = Promise.all([
      many(innocents, 'innocent', () => 0),
      many(unlucky, 'unlucky', () => weather.pick(UNLUCKY_DEATHS)),
      many(poisons, 'poison', () => Infinity),
    ]);
    await this.rest();
    const [innocent, unluckyOnes, poison] = await all;
    return { innocent: [...innocent, ...unluckyOnes], poison };
  }

  /** The process is killed, and another one is started a little later. */
  private end(service: Service): void {
    service.kill();
    this.services = this.services.filter((other) => other !== service);
    if (++this.deaths === MOST_DEATHS) this.invariants.violations.push('the process ends again and again');
    if (this.deaths >= MOST_DEATHS) this.deadly.clear();
    void this.clock.sleep(this.weather.between(100, 3_000)).then(() => this.restart());
  }

  /** Until nothing waits for any time to come. */
  private async rest(): Promise<void> {
    const end = this.clock.now().getTime() + REST_MS;
    while (await this.clock.next(end));
    if (this.clock.pending > 0) this.invariants.violations.push('something still waits after an hour');
  }

  private textOf(taskId: string): string {
    const created = this.store.log.find(({ stream }) => stream === taskStream(taskId));
    return (created?.data as { task: string }).task;
  }

  /** A poison's message may be parked, once; when the process ended just before, its failed task says it all. */
  private givenUp(poisons: readonly Told[]): void {
    const { parked } = this.store.group;
    for (const { taskId } of poisons) {
      const index = parked.findIndex(({ event }) => event.stream === taskStream(taskId));
      if (index >= 0) parked.splice(index, 1);
    }
  }

  private expects(taskId: string, status: 'running' | 'error'): void {
    const is = this.invariants.statusOf(taskId);
    if (is !== status) this.invariants.violations.push(`task ${taskId} is ${is} and not ${status}`);
  }
}
