import { ArchiveTaskCommand } from '../../src/commands/archive-task.js';
import type { CommandContext } from '../../src/commands/executor.js';
import { CreateTaskCommand, type Created } from '../../src/commands/create-task.js';
import { CommandRefusedError } from '../../src/commands/command-refused.js';
import { KillTaskCommand } from '../../src/commands/kill-task.js';
import { RequestSessionCommand } from '../../src/commands/request-session.js';
import { RetryTaskCommand } from '../../src/commands/retry-task.js';
import { TooBusyError } from '../../src/commands/turns.js';
import { EventStoreUnavailableError } from '../../src/store/event-store.js';
import type { SessionRecord } from '../../src/events/task/task-record.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Service } from './service.js';
import type { Weather } from './weather.js';

export type Wish = 'retry' | 'archive' | 'kill' | 'session';

/** `unknown`: the caller gave up without an answer, so that it may or may not have been done. */
export type Outcome = 'accepted' | 'refused' | 'unknown';

/** What callers were told about one task. */
export interface Told {
  readonly taskId: string;
  readonly answers: { readonly wish: Wish; readonly outcome: Outcome; readonly sessionId?: string }[];
}

const NO_ANSWER: unique symbol = Symbol('no answer');
type Answer<T> = T | CommandRefusedError | typeof NO_ANSWER;
const PROMPTS = ['fix: the login', 'fix the login', 'dark mode', 'dark mode\nplease', '修复登录'];
/** Most let Slipway choose; of those who do not, several want what cannot be had together. */
const BRANCHES = [undefined, undefined, undefined, 'topic', 'topic/one', 'topic/one/a', 'fix-the-login/a'];
const PATIENCE_MS = 15_000;

/** Callers of the API. They repeat what got no answer, with the same key, until they give up. */
export class Clients {
  /** A create that was answered is here for ever; one that was not may still have happened. */
  readonly told: Told[] = [];

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly anyService: () => Service | undefined,
    private readonly providers: readonly string[],
    private readonly note: (text: string) => void,
  ) {}

  /** One task's life as its owner wants it: a create, and wishes at whatever moments. */
  async live(name: string): Promise<void> {
    const { weather } = this;
    const request = {
      task: weather.pick(PROMPTS),
      repoRemote: 'https://git.example.com/acme/shop.git',
      setup: weather.chance(0.3) ? 'npm ci' : undefined,
      providerId: weather.pick(this.providers),
      branchName: weather.pick(BRANCHES),
    };
    await this.clock.sleep(weather.between(0, 5_000));
    const told = await this.create(request, name);
    if (told === undefined) return;
    const wishes = Array.from({ length: weather.between(0, 4) }, (_, n) =>
      this.wish(
        told,
        weather.pick(['retry', 'archive', 'kill', 'session', 'session'] as const),
        `${name}-${n}`,
      ),
    );
    await Promise.all(wishes);
  }

  /** What the caller was told about the new task; nothing when there was no answer, or a refusal. */
  async create(request: CreateTaskCommand['request'], name: string): Promise<Told | undefined> {
    const created = await this.ask<Created>(
      () => new CreateTaskCommand(request, name, { correlationId: name, causationId: name, actor: 'api' }),
    );
    if (created === NO_ANSWER || created instanceof Error) return undefined;
    const told: Told = { taskId: created.task.state!.taskId, answers: [] };
    this.told.push(told);
    this.note(`client: ${name} is ${told.taskId}`);
    return told;
  }

  private async wish(told: Told, wish: Wish, key: string): Promise<void> {
    const { weather } = this;
    await this.clock.sleep(weather.between(0, weather.pick([200, 2_000, 40_000])));
    await this.fulfil(told, wish, key);
  }

  async fulfil(told: Told, wish: Wish, key: string): Promise<Outcome> {
    const { taskId } = told;
    const answer = await this.ask<SessionRecord>(() => commandFor(wish, taskId, key));
    const outcome = answer === NO_ANSWER ? 'unknown' : answer instanceof Error ? 'refused' : 'accepted';
    const sessionId =
      wish === 'session' && outcome === 'accepted' ? (answer as SessionRecord).sessionId : undefined;
    told.answers.push({ wish, outcome, sessionId });
    this.note(`client: ${wish} ${outcome} for ${taskId}`);
    return outcome;
  }

  /** Asks until there is an answer (also a refusal is one), or until patience ends. */
  private async ask<T>(command: () => object): Promise<Answer<T>> {
    for (;;) {
      const service = this.anyService();
      const answer = service === undefined ? NO_ANSWER : await this.once<T>(service, command());
      if (answer !== NO_ANSWER || (!this.weather.calm && this.weather.chance(0.1))) return answer;
      await this.clock.sleep(this.weather.between(50, 1_000));
    }
  }

  private async once<T>(service: Service, command: object): Promise<Answer<T>> {
    const answered = new AbortController();
    const reset = service.host.death.then((): typeof NO_ANSWER => NO_ANSWER);
    const answer = (service.execute(command) as Promise<T>).catch((error: unknown): Answer<T> => {
      if (error instanceof CommandRefusedError) return error;
      if (error instanceof EventStoreUnavailableError || error instanceof TooBusyError) return NO_ANSWER;
      throw error;
    });
    const patience = this.clock.sleep(PATIENCE_MS, answered.signal).then((): typeof NO_ANSWER => NO_ANSWER);
    try {
      return await Promise.race([answer, reset, patience]);
    } finally {
      answered.abort('answered');
    }
  }
}

function commandFor(wish: Wish, taskId: string, key: string): object {
  const context: CommandContext = { correlationId: key, causationId: key, actor: 'api' };
  switch (wish) {
    case 'retry':
      return new RetryTaskCommand(taskId, context);
    case 'archive':
      return new ArchiveTaskCommand(taskId, true, context);
    case 'kill':
      return new KillTaskCommand(taskId, false, true, context);
    case 'session':
      return new RequestSessionCommand(taskId, {}, key, context);
  }
}
