import { FormatRegistry, Type } from '@sinclair/typebox';

/*
 * Short texts that more than one boundary reads (HTTP, frames, settings, files, streams): each has its one rule here.
 * The patterns are sources of regular expressions and stand for the whole text once `whole` has them.
 */

/** An id of ours, in lower case. */
export const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** `default`, `acme-labs`, …: safe in a topic, a URL and a file name. */
export const WORKSPACE_ID = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';
/** `mock`, `claude`, `codex`, …: safe in a path and on a command line. */
export const AGENT_TYPE = '[a-z][a-z0-9-]{0,49}';

/** The pattern of a text that is this and nothing else. */
export const whole = (pattern: string): string => `^(${pattern})$`;

const WHOLE_UUID = new RegExp(whole(UUID));
/** Whether the text is a UUID in lower case: the only thing from outside that ever becomes part of a path. */
export const isUuid = (text: string): boolean => WHOLE_UUID.test(text);

/**
 * A text with something to see: a letter, a digit, a sign; not blanks, control characters and those that show nothing (zero
 * width, fillers, the empty braille pattern) alone.
 */
export const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The largest that PostgreSQL's bigint holds; the event store's positions are of the same size. */
const LAST_POSITION = 2n ** 63n - 1n;
/** Whether the value is a position of the event store: a decimal string. */
export const isPosition = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{1,19}$/.test(value) && BigInt(value) <= LAST_POSITION;

FormatRegistry.Set('position', isPosition);
/** A position, or a revision, as text. */
export const Position = Type.String({ format: 'position' });
export const Uuid = Type.String({ pattern: whole(UUID) });

/** Whether the calendar has the day that a time begins with (`2026-01-31…`): JavaScript takes 30 February for 2 March. */
export function isDay(text: string): boolean {
  const day = text.slice(0, 10);
  const time = new Date(day);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}
