import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentWord, AttachedSession } from './contracted-provider.js';

/** Agents get so long for what they are asked: the contract is about order, not speed. */
const LIMIT_MS = 60_000;

/** Somebody attached to a session, with all that its agent does. */
export class Conversation {
  readonly words: AgentWord[] = [];
  private readonly heard: Promise<void>;

  /** @param over ends it when it aborts @param after the cursor from which on it listens */
  constructor(
    readonly session: AttachedSession,
    private readonly over: AbortController,
    after = 0,
  ) {
    this.heard = this.listen(after);
    this.heard.catch(() => undefined); // Told by `leave`.
  }

  /** Resolves with the prompt's id when it has been handed over. */
  async prompt(text: string): Promise<string> {
    const promptId = randomUUID();
    await this.session.prompt(promptId, text, this.over.signal);
    return promptId;
  }

  /** The prompts that have ended, in that order, once there are so many. */
  async ended(count: number): Promise<string[]> {
    for (const deadline = Date.now() + LIMIT_MS; ; await pause(20)) {
      const ends = this.words.filter(({ type }) => type === 'turn_ended').map(({ promptId }) => promptId!);
      if (ends.length >= count) return ends;
      if (Date.now() > deadline)
        throw new Error(`${count} prompts should have ended by now; so far: ${JSON.stringify(this.words)}`);
    }
  }

  async leave(): Promise<void> {
    this.over.abort(new Error('detached'));
    await this.heard;
  }

  private async listen(after: number): Promise<void> {
    for await (const word of this.session.events(after, this.over.signal)) this.words.push(word);
  }
}
