import type { AuditEntry } from '@slipway/client';
import { visible } from '../../../src/platform/visible-text.js';

/** What was done, for people: `Kill requested`; of a refusal `Refused: not_permitted`, and how often. */
export function didText({ action, refusal }: AuditEntry): string {
  if (refusal === null) return wordsOf(action);
  return `Refused: ${refusal.code}${refusal.count === 1 ? '' : ` (${refusal.count} times)`}`;
}

/** What it was done to, or what was asked for and refused. Callers wrote the latter, so that it is shown with what it hides. */
export function toText({ subject, refusal }: AuditEntry): string {
  if (refusal === null) return subject === null ? '' : `${subject.kind} ${subject.id}`;
  return visible([refusal.method, refusal.path].filter((part) => part !== null).join(' '));
}

/** `KillRequested` as `Kill requested`. */
function wordsOf(type: string): string {
  const words = type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
