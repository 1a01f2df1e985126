import { BadRequestException } from '@nestjs/common';
import { isPosition } from '../../platform/text-rules.js';

/** What lists have in common to ask for. */
export interface PageOfList {
  /** At most so many items. */
  readonly limit: number;
  /** The `next` of an earlier page; the first page when absent. */
  readonly cursor?: string;
  /** Waits until the rows are at least at this position. */
  readonly minPosition?: string;
}

/** A page of a list, and where the next one begins: null after the last. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** Cursors of lists: the created position of the last item shown. Opaque to callers, checked when they come back. */
export const encodeCursor = (createdPosition: string): string =>
  Buffer.from(`1:${createdPosition}`).toString('base64url');

/** Throws BadRequestException for what was never a cursor. */
export function decodeCursor(cursor: string): string {
  const [version, position] = Buffer.from(cursor, 'base64url').toString('latin1').split(':');
  if (version === '1' && position !== undefined && isPosition(position)) return position;
  throw new BadRequestException({
    detail: 'cursor must be the `next` of an earlier page; leave it out for the first page.',
    code: 'invalid_cursor',
  });
}

/** A page of at most `limit` items out of up to one more, and where the next one begins. */
export function pageOf<T extends { createdPosition: string }>(rows: readonly T[], limit: number) {
  const shown = rows.slice(0, limit);
  return { shown, next: rows.length > limit ? encodeCursor(shown.at(-1)!.createdPosition) : null };
}
