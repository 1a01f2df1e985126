import { isAfter, type TranscriptEntry } from '@slipway/client';

export type Entry = TranscriptEntry;

/** A session's entries as far as they are known, in rising position, and what the agent is writing at this moment. */
export interface Transcript {
  readonly entries: readonly Entry[];
  readonly writing: readonly Writing[];
}

/** A text of which the entry has not come yet. */
export interface Writing {
  readonly entryId: string;
  readonly kind: 'message' | 'thought';
  readonly text: string;
}

export const NOTHING: Transcript = { entries: [], writing: [] };

/**
 * The transcript with further entries, in whatever order and however often they come. Of an erased session nothing is shown but
 * that it is, also where more of it was read before.
 */
export function withEntries(before: Transcript, more: readonly Entry[]): Transcript {
  const last = before.entries.at(-1)?.position;
  const isOnward = more.every(
    ({ position }, index) =>
      (last === undefined || isAfter(position, last)) &&
      (index === 0 || isAfter(position, more[index - 1]!.position)),
  );
  const all = isOnward ? [...before.entries, ...more] : merged(before.entries, more);
  const erased = all.findIndex(isErasure);
  const entries = erased > 0 ? all.slice(erased) : all;
  return { entries, writing: more.reduce(stillWriting, before.writing) };
}

const isErasure = (entry: Entry): boolean => entry.kind === 'notice' && entry.code === 'session_erased';

function merged(known: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  const byPosition = new Map([...known, ...more].map((entry) => [entry.position, entry]));
  return [...byPosition.values()].sort((a, b) => (isAfter(a.position, b.position) ? 1 : -1));
}

/** An entry takes the place of what was written of it; with a turn, all writing ends. */
function stillWriting(writing: readonly Writing[], entry: Entry): readonly Writing[] {
  if (writing.length === 0) return writing;
  switch (entry.kind) {
    case 'turn_ended':
      return [];
    case 'notice':
      return entry.code === 'agent_lost' || entry.code === 'session_ended' ? [] : writing;
    case 'message':
    case 'thought':
      return writing.filter(({ entryId }) => entryId !== entry.entryId);
    default:
      return writing;
  }
}

/** So many of the latest entries are looked through for the one that a late piece belongs to. */
const LATE = 50;

/** The transcript with a further piece of what is being written. A piece of what is stored already says nothing new. */
export function withDelta(before: Transcript, { entryId, kind, text }: Writing): Transcript {
  const isStored = before.entries
    .slice(-LATE)
    .some((entry) => (entry.kind === 'message' || entry.kind === 'thought') && entry.entryId === entryId);
  if (isStored) return before;
  const known = before.writing.find((each) => each.entryId === entryId);
  const writing = known
    ? before.writing.map((each) => (each === known ? { ...each, text: each.text + text } : each))
    : [...before.writing, { entryId, kind, text }];
  return { ...before, writing };
}

/** What had been said and done up to a position. */
export function upTo({ entries }: Transcript, position: string): Transcript {
  return { entries: entries.filter((entry) => !isAfter(entry.position, position)), writing: [] };
}
