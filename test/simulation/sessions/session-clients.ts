import { AskSessionCommand, type SessionWish } from '../../../src/commands/ask-session.js';
import { CommandRefusedError } from '../../../src/commands/command-refused.js';
import { isPending, type Session } from '../../../src/events/session/session-state.js';
import { TooBusyError } from '../../../src/commands/turns.js';
import { EventStoreUnavailableError } from '../../../src/store/event-store.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import type { Weather } from '../weather.js';
import type { SessionService } from './session-service.js';

const NO_ANSWER: unique symbol = Symbol('no answer');
const PATIENCE_MS = 15_000;

/** People who work in sessions. They repeat what got no answer until they are told. */
export class SessionClients {
  private asked = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly anyService: () => SessionService | undefined,
    private readonly sessionOf: (sessionId: string) => Session | null,
    private readonly note: (text: string) => void,
  ) {}

  /** An afternoon in one session: prompts and wishes at whatever moments. */
  async work(taskId: string, sessionId: string, untilMs: number): Promise<void> {
    const { weather, clock } = this;
    const prompts = Array.from({ length: weather.between(1, 6) }, async (_, n) => {
      await clock.sleep(weather.between(0, weather.pick([100, 10_000, 40_000])));
      const promptId = `${sessionId.slice(0, 4)}-p${n}`;
      await this.ask(taskId, sessionId, { type: 'QueuePrompt', promptId, text: promptId, by: 'person' });
    });
    const looks = async () => {
      while (clock.now().getTime() < untilMs) {
        await clock.sleep(weather.between(200, 8_000));
        await this.look(taskId, sessionId, 0.5);
        if (weather.chance(0.1)) await this.ask(taskId, sessionId, { type: 'Cancel', by: 'person' });
        if (weather.chance(0.05)) {
          const permissionPolicy = weather.pick(['ask', 'allow_edits', 'allow_all', 'deny'] as const);
          await this.ask(taskId, sessionId, { type: 'ChangeSettings', permissionPolicy, by: 'person' });
        }
      }
    };
    await Promise.all([...prompts, looks()]);
  }

  /** Does what the session waits for somebody to do, with a probability. */
  async look(taskId: string, sessionId: string, probability: number): Promise<void> {
    const session = this.sessionOf(sessionId);
    for (const { permissionId } of session?.permissions.filter(isPending) ?? []) {
      if (!this.weather.chance(probability)) continue;
      const optionId = this.weather.pick(['yes', 'no']);
      await this.ask(taskId, sessionId, { type: 'AnswerPermission', permissionId, optionId, by: 'person' });
    }
    for (const { promptId, state } of session?.prompts ?? []) {
      if (state !== 'unsure' || !this.weather.chance(probability)) continue;
      const type = this.weather.pick(['ResendPrompt', 'WithdrawPrompt'] as const);
      await this.ask(taskId, sessionId, { type, promptId, by: 'person' });
    }
  }

  async ask(taskId: string, sessionId: string, wish: SessionWish): Promise<void> {
    const key = `ask-${this.asked++}`;
    const context = { correlationId: key, causationId: key, actor: 'api' };
    for (;;) {
      const service = this.anyService();
      const answer =
        service && (await this.once(service, new AskSessionCommand(taskId, sessionId, wish, context)));
      this.note(
        `client: ${JSON.stringify(wish)}: ${answer instanceof Error ? answer.message : typeof answer}`,
      );
      if (answer !== undefined && answer !== NO_ANSWER) return;
      await this.clock.sleep(this.weather.between(50, 1_000));
    }
  }

  private async once(service: SessionService, command: AskSessionCommand): Promise<unknown> {
    const answered = new AbortController();
    const reset = service.host.death.then(() => NO_ANSWER);
    const answer = service.ask(command).catch((error: unknown) => {
      if (error instanceof CommandRefusedError) return error;
      if (error instanceof EventStoreUnavailableError || error instanceof TooBusyError) return NO_ANSWER;
      throw error;
    });
    const patience = this.clock.sleep(PATIENCE_MS, answered.signal).then(() => NO_ANSWER);
    try {
      return await Promise.race([answer, reset, patience]);
    } finally {
      answered.abort('answered');
    }
  }
}
