import { randomUUID } from 'node:crypto';
import type { Causation } from '../events/codec.js';

/** Who asked for a command, and what led to it. */
export interface CommandContext {
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: string;
  /** The store's revision of the event that led here: a fold older than that is out of date. */
  readonly atLeastRevision?: bigint;
}

/** The context of a command that nothing but its caller led to. */
export function newContext(actor: string): CommandContext {
  const id = randomUUID();
  return { correlationId: id, causationId: id, actor };
}

/** The metadata of one append. The id is new for every decision, so that two deciders never look like one. */
export const causationOf = ({ correlationId, causationId, actor }: CommandContext): Causation => ({
  commandId: randomUUID(),
  correlationId,
  causationId,
  actor,
});
