import { sessionCodec } from '../../../src/events/session/session-codec.js';
import { sessionStream, type SessionEvent } from '../../../src/events/session/session-events.js';
import {
  activityOf,
  evolveSession,
  isOver,
  isPending,
  type Session,
} from '../../../src/events/session/session-state.js';
import type { StoredEvent } from '../../../src/events/stored-event.js';
import { evolve } from '../../../src/events/task/evolve.js';
import { decode, encode } from '../../../src/events/task/fold.js';
import { taskStream } from '../../../src/events/task/task-events.js';
import type { TaskState } from '../../../src/events/task/task-state.js';
import { readSettings } from '../../../src/platform/settings/settings.js';
import {
  agentStarted,
  created,
  named,
  sandboxCreated,
  sessionCreated,
  started,
} from '../../support/task-history.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { SimulatedStore } from '../simulated-store.js';
import type { Report } from '../simulation.js';
import { Weather } from '../weather.js';
import { AgentWorld } from './agent-world.js';
import { SessionClients } from './session-clients.js';
import { sessionViolations } from './session-invariants.js';
import { SessionService } from './session-service.js';

/** When the weather turns calm, in milliseconds from the start. */
const STORM_MS = 60_000;
const LOOK_MS = 5_000;
/** By then everything has to be at rest. */
const LOOKS = 120;
/** So long a turn may last before somebody stops it. */
const PATIENCE_LOOKS = 8;

/** Sessions under one seed: people and agents in a storm, calm, and rest. */
export async function simulateSessions(seed: number, traced = false): Promise<Report> {
  return new SessionSimulation(seed, traced).run();
}

class SessionSimulation {
  private readonly clock = new VirtualClock();
  private readonly start = this.clock.now().getTime();
  private readonly weather: Weather;
  private readonly store: SimulatedStore;
  private readonly world: AgentWorld;
  private readonly clients: SessionClients;
  private readonly trace: string[] = [];
  private readonly violations: string[] = [];
  private readonly sessions: { readonly taskId: string; readonly sessionId: string }[] = [];
  private services: SessionService[] = [];
  private startedServices = 0;

  constructor(
    private readonly seed: number,
    private readonly traced: boolean,
  ) {
    const { clock } = this;
    this.weather = new Weather(seed);
    this.store = new SimulatedStore(clock, this.weather, ({ type, data, stream }) =>
      this.note(`stored: ${type} ${JSON.stringify(data).slice(0, 200)} in ${stream.slice(0, 16)}`),
    );
    const note = (text: string) => this.note(text);
    this.world = new AgentWorld(clock, this.weather, note);
    this.clients = new SessionClients(
      clock,
      this.weather,
      () => this.anyService(),
      (sessionId) => this.session(sessionId),
      note,
    );
  }

  async run(): Promise<Report> {
    const { weather, clients, violations } = this;
    for (let n = weather.between(1, 3); n > 0; n--) await this.openTask(n);
    for (let n = weather.pick([1, 1, 2]); n > 0; n--) this.startService();
    const work = this.sessions.map(({ taskId, sessionId }) =>
      clients.work(taskId, sessionId, this.start + STORM_MS),
    );
    const disturbances = Array.from({ length: weather.pick([0, 1, 2, 4]) }, () => this.disturb());
    let over = false;
    const storm = Promise.all([...work, ...disturbances]).then(() => (over = true));
    await this.clock.advance(STORM_MS);
    this.note('calm');
    weather.calm = true;
    await this.comeToRest();
    if (over) await storm;
    else violations.push('somebody still waits for an answer');
    for (const { sessionId, taskId } of this.sessions) {
      const { processes } = this.world.sessions.get(sessionId)!;
      const noted = this.task(taskId)!.sessions[0]!.summary;
      violations.push(...sessionViolations(sessionId, this.events(sessionId), processes, noted));
    }
    violations.push(...this.world.violations);
    for (const service of this.services) await this.stop(service);
    return {
      seed: this.seed,
      violations,
      trace: this.trace,
      events: this.store.log.length,
      effects: [...this.world.sessions.values()].flatMap(({ processes }) => processes).length,
    };
  }

  /** People do what they are waited for, until nothing is under way. */
  private async comeToRest(): Promise<void> {
    const lasts = new Map<string, number>();
    for (let n = 0; n < LOOKS; n++) {
      await this.clock.advance(LOOK_MS);
      let isOverNow = true;
      for (const { taskId, sessionId } of this.sessions) {
        const session = this.session(sessionId);
        // One that was taken back may be worked on all the same, and its questions are for somebody.
        const isDone =
          session !== null &&
          session.turn === null &&
          session.prompts.every(isOver) &&
          !session.permissions.some(isPending);
        if (isDone) continue;
        isOverNow = false;
        const looks = (lasts.get(sessionId) ?? 0) + 1;
        lasts.set(sessionId, looks);
        const asked = this.clients.look(taskId, sessionId, 1);
        if (session !== null && activityOf(session) === 'working' && looks % PATIENCE_LOOKS === 0)
          void this.clients.ask(taskId, sessionId, { type: 'Cancel', by: 'person' });
        await this.clock.advance(1_000);
        await asked;
      }
      if (isOverNow && n > 2) break;
    }
    await this.clock.advance(60_000);
  }

  private async openTask(n: number): Promise<void> {
    const digit = String(n).repeat(8);
    const [taskId, sessionId] = [
      `${digit}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`,
      `${digit}-bbbb-4bbb-8bbb-bbbbbbbbbbbb`,
    ];
    const opened = sessionCreated(sessionId);
    const events = encode(
      [
        created({ taskId, sessionId, task: `${digit.slice(0, 4)}-first` }),
        started('ensure_name'),
        named(),
        started('create_sandbox'),
        sandboxCreated(),
        started('ensure_agent'),
        agentStarted(),
        started('create_session'),
        { ...opened, data: { ...opened.data, worksInStream: true } } as typeof opened,
      ],
      { commandId: `open-${n}`, correlationId: 'c', causationId: 'c', actor: 'test' },
    );
    await this.store.disk.append(taskStream(taskId), events, 'no_stream');
    this.world.open(taskId, sessionId);
    this.sessions.push({ taskId, sessionId });
  }

  private anyService(): SessionService | undefined {
    const up = this.services.filter(({ host }) => host.isUp);
    return up.length === 0 ? undefined : this.weather.pick(up);
  }

  private startService(): void {
    const { clock, weather, store, world } = this;
    const settings = readSettings({
      SLIPWAY_PERMISSION_DEADLINE_MS: weather.pick(['0', '0', '10000']),
    });
    this.services.push(
      new SessionService(`service-${++this.startedServices}`, { clock, weather, store, world, settings }),
    );
  }

  /** Something happens to a process of the service or to an agent, some time in the storm. */
  private async disturb(): Promise<void> {
    const { clock, weather } = this;
    await clock.sleep(weather.between(0, weather.pick([5_000, 50_000])));
    const what = weather.pick(['kill', 'kill', 'stop', 'freeze', 'agent'] as const);
    if (what === 'agent') {
      this.world.latest(weather.pick(this.sessions).sessionId).exit('Somebody ended the agent.');
      return;
    }
    const service = this.anyService();
    if (service === undefined) return;
    this.note(`${what} ${service.host.name}`);
    if (what === 'freeze') {
      service.host.freeze();
      await clock.sleep(weather.between(10, 20_000));
      service.host.thaw();
      this.note(`thaw ${service.host.name}`);
      return;
    }
    if (what === 'kill') service.kill();
    else await this.stop(service);
    this.services = this.services.filter((other) => other !== service);
    await clock.sleep(weather.between(0, 3_000));
    this.startService();
  }

  private async stop(service: SessionService): Promise<void> {
    const before = this.clock.now().getTime();
    let isStopped = false;
    void Promise.race([service.stop(), service.host.death]).then(() => (isStopped = true));
    while (!isStopped && this.clock.now().getTime() - before < 30_000) {
      if (this.weather.calm) await this.clock.advance(100);
      else await this.clock.sleep(100);
    }
    if (!isStopped && service.host.isUp) this.violations.push(`${service.host.name} does not stop`);
    service.kill();
  }

  private events(sessionId: string): SessionEvent[] {
    return this.stored(sessionStream(sessionId)).map((event) => sessionCodec.decode(event)!);
  }

  private session(sessionId: string): Session | null {
    return this.events(sessionId).reduce(evolveSession, null);
  }

  private task(taskId: string): TaskState {
    return this.stored(taskStream(taskId))
      .map((event) => decode(event)!)
      .reduce<TaskState>(evolve, null);
  }

  private stored(stream: string): StoredEvent[] {
    return this.store.log.filter((event) => event.stream === stream);
  }

  private note(text: string): void {
    if (this.traced) this.trace.push(`${this.clock.now().getTime() - this.start} ${text}`);
  }
}
