import { InvalidArgumentError } from 'commander';
import { isDay, isPosition } from '../platform/text-rules.js';

/** A point of the past: a position of the log, or a time in milliseconds since the Unix epoch. */
export type Moment =
  { readonly kind: 'position'; readonly position: bigint } | { readonly kind: 'time'; readonly ms: number };

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Reads a position (digits) or a time (ISO 8601). Throws commander's InvalidArgumentError, which says what it takes. */
export function parseMoment(text: string): Moment {
  if (isPosition(text)) return { kind: 'position', position: BigInt(text) };
  const ms = TIME.test(text) && isDay(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return { kind: 'time', ms };
  throw new InvalidArgumentError(
    'It takes a position such as 4711 (see slipway streams show) or a time such as 2026-01-31T12:00:00Z.',
  );
}

/** Whether an event had happened by then. `at` is the clock of its command (ISO 8601). */
export const hadHappened = (moment: Moment, event: { position: bigint; at: string }): boolean =>
  moment.kind === 'position' ? event.position <= moment.position : Date.parse(event.at) <= moment.ms;

/** Whether an event had happened earlier than that. */
export const isBefore = (event: { position: bigint; at: string }, moment: Moment): boolean =>
  moment.kind === 'position' ? event.position < moment.position : Date.parse(event.at) < moment.ms;

/** As a person typed it, or would. */
export const describeMoment = (moment: Moment): string =>
  moment.kind === 'position' ? `position ${moment.position}` : new Date(moment.ms).toISOString();

const ZONED_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const AGO = /^(\d{1,6})(s|min|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** As ISO 8601; not before 1970, when nothing was created. */
const agoText = (ms: number): string => new Date(Math.max(0, Date.now() - ms)).toISOString();

/** A time of the past, or how long ago it was (`2h`), as ISO 8601. Throws commander's InvalidArgumentError, which says what it takes. */
export function parsePast(text: string): string {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (unit !== undefined) return agoText(Number(count) * UNIT_MS[unit]!);
  const ms = ZONED_TIME.test(text) && isDay(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new InvalidArgumentError(
    'It takes a time such as 2026-01-31T12:00:00Z, or how long ago: 30min, 2h, 7d.',
  );
}
