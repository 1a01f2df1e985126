import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import type { Caller } from '../../access/permissions.js';
import { newContext } from '../../commands/executor.js';
import { NoteTypingCommand } from '../../commands/note-typing.js';
import type { Clock } from '../../platform/clock.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, LOGGER, SETTINGS } from '../../platform/tokens.js';

/** What is typed is noted at most so often; each note holds so much longer. */
const MOST_OFTEN_MS = 60_000;

/** Has tasks be told that somebody types in a shell in their sandbox, so that it does not stop meanwhile. */
@Injectable()
export class TypingNotes {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** For one shell: what is to be called whenever something is typed into it. Never throws. */
  of(taskId: string, { actor, address, tokenId }: Caller): () => void {
    const { terminalIdleMs: idleMs } = this.settings;
    const everyMs = Math.min(MOST_OFTEN_MS, idleMs);
    let nextAt = 0;
    return () => {
      const now = this.clock.now().getTime();
      if (now < nextAt) return;
      nextAt = now + everyMs;
      const context = { ...newContext(actor), address, tokenId };
      const noted = this.commands.execute(new NoteTypingCommand(taskId, idleMs + everyMs, context));
      noted.catch((error: unknown) => {
        nextAt = 0; // The next key tries again.
        this.log.debug({ taskId, err: error }, 'what is typed cannot be noted just now');
      });
    };
  }
}
