import { randomUUID } from 'node:crypto';
import type { AgentEvent, SessionChannel } from '../../../src/providers/session-channel.js';
import { eventually } from './eventually.js';
import { never } from './local-fixture.js';

type EventOf<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;

/** Attached to a session, with all that its agent does. */
export class Attached {
  readonly events: AgentEvent[] = [];
  readonly channel: SessionChannel;
  readonly over: AbortController;
  readonly done: Promise<void>;

  constructor(channel: SessionChannel, over: AbortController, after = 0) {
    this.channel = channel;
    this.over = over;
    this.done = (async () => {
      for await (const event of channel.events(after, over.signal)) this.events.push(event);
    })();
  }

  async prompt(...lines: string[]): Promise<string> {
    const promptId = randomUUID();
    await this.channel.prompt(promptId, lines.join('\n'), never);
    return promptId;
  }

  all<T extends AgentEvent['type']>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  async next<T extends AgentEvent['type']>(type: T, count = 1): Promise<EventOf<T>> {
    return eventually(() => this.all(type)[count - 1], `event ${count} "${type}"`);
  }

  async turn(...lines: string[]): Promise<EventOf<'turn_ended'>> {
    const promptId = await this.prompt(...lines);
    return eventually(
      () => this.all('turn_ended').find((event) => event.promptId === promptId),
      `the end of ${lines.join()}`,
    );
  }

  get text(): string {
    return this.all('said')
      .map(({ text }) => text)
      .join('');
  }

  async detach(): Promise<void> {
    this.over.abort(new Error('detached'));
    await this.done;
  }
}
