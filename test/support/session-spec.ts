import { expect } from '@jest/globals';
import { CommandRefusedError, type RefusalCode } from '../../src/commands/command-refused.js';
import { decideSession } from '../../src/commands/decide-session.js';
import type { SessionCommand } from '../../src/commands/session-commands.js';
import type { SessionEvent } from '../../src/events/session/session-events.js';
import { evolveSession, type Session, type SessionState } from '../../src/events/session/session-state.js';

export const foldSession = (history: readonly SessionEvent[]): SessionState =>
  history.reduce(evolveSession, null);

/** Reads like the specification: `given([…events]).when(command).then([…events])` or `.thenRefused(code)`. */
export function given(history: readonly SessionEvent[]) {
  const state = foldSession(history);
  return {
    when: (command: SessionCommand) => ({
      /** The command leads to exactly these events; the answer shows the session after them. */
      then(events: readonly SessionEvent[]) {
        const decided = decideSession(command, state);
        expect(decided).toEqual(events);
        const after = decided.reduce(evolveSession, state);
        return { leaves: (expected: Partial<Session>) => expect(after).toMatchObject(expected) };
      },
      thenNothing: () => expect(decideSession(command, state)).toEqual([]),
      /** The command is refused with this code, and the message says something to a person. */
      thenRefused(code: RefusalCode) {
        const decision = () => decideSession(command, state);
        expect(decision).toThrow(CommandRefusedError);
        expect(decision).toThrow(
          expect.objectContaining({ code, message: expect.stringMatching(/\w+ \w+/) }),
        );
      },
    }),
  };
}
