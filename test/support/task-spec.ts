import { expect } from '@jest/globals';
import { CommandRefusedError } from '../../src/commands/command-refused.js';
import { decide } from '../../src/commands/decide.js';
import type { TaskCommand } from '../../src/commands/task-commands.js';
import type { TaskEvent } from '../../src/events/task/task-events.js';
import { evolve } from '../../src/events/task/evolve.js';
import type { Task, TaskState } from '../../src/events/task/task-state.js';

export const fold = (history: readonly TaskEvent[]): TaskState => history.reduce(evolve, null);

/** Reads like the specification: `given([…events]).when(command).then([…events])` or `.thenRefused(code)`. */
export function given(history: readonly TaskEvent[]) {
  const state = fold(history);
  return { when: (command: TaskCommand) => new Decision(state, command) };
}

class Decision {
  constructor(
    private readonly state: TaskState,
    private readonly command: TaskCommand,
  ) {}

  /** The command leads to exactly these events; the answer shows the task after them. */
  then(events: readonly TaskEvent[]): { leaves(expected: Partial<Task>): void } {
    const decided = decide(this.command, this.state);
    expect(decided).toEqual(events);
    const after = decided.reduce(evolve, this.state);
    return { leaves: (expected) => expect(after).toMatchObject(expected) };
  }

  thenNothing(): void {
    this.then([]);
  }

  /** The command is refused with this code, and the message says something to a person. */
  thenRefused(code: CommandRefusedError['code']): void {
    const decision = () => decide(this.command, this.state);
    expect(decision).toThrow(CommandRefusedError);
    expect(decision).toThrow(expect.objectContaining({ code, message: expect.stringMatching(/\w+ .*\.$/) }));
  }
}
