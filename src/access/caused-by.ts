import { randomUUID } from 'node:crypto';
import type { Causation } from '../events/codec.js';

/** Who does it, as events keep it. */
export interface AccessAuthor {
  readonly actor: string;
  readonly address?: string;
  readonly tokenId?: string;
}

/** The causation of what nothing but its author led to: an id of its own, anew with each call. */
export function causedBy({ actor, address, tokenId }: AccessAuthor): Causation {
  const id = randomUUID();
  return {
    commandId: id,
    correlationId: id,
    causationId: id,
    actor,
    ...(address !== undefined && { address }),
    ...(tokenId !== undefined && { tokenId }),
  };
}
