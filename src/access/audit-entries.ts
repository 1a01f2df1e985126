import { CREDENTIALS_STREAM } from '../events/access/credential-events.js';
import { LOGINS_STREAM } from '../events/access/login-events.js';
import { LIMITS_STREAM } from '../events/access/limit-events.js';
import { REFUSALS_STREAM } from '../events/access/refusal-events.js';
import { TERMINALS_STREAM } from '../events/access/terminal-events.js';
import { TOKENS_STREAM } from '../events/access/token-events.js';
import { WEBHOOKS_STREAM } from '../events/access/webhook-events.js';
import type { StoredEvent } from '../events/stored-event.js';
import { isUuid } from '../platform/text-rules.js';

/** What the service does by itself, following from what somebody has asked for. */
const OWN_ACTORS: ReadonlySet<string> = new Set([
  'saga',
  'session',
  'changes',
  'watch',
  'admissions',
  'webhooks',
]);

export const AUDIT_SUBJECTS = [
  'task',
  'session',
  'project',
  'token',
  'login',
  'workspace',
  'credential',
  'webhook',
] as const;
export type AuditSubjectKind = (typeof AUDIT_SUBJECTS)[number];

/** What something was done to. */
export interface AuditSubject {
  readonly kind: AuditSubjectKind;
  readonly id: string;
}

/** What was refused, and how often between two times (ISO 8601). */
export interface AuditRefusal {
  readonly code: string;
  readonly count: number;
  readonly method: string | null;
  readonly path: string | null;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Who did what, when, from where and with what; never what they wrote. */
export interface AuditEntry {
  readonly position: string;
  /** When the store took it in, ISO 8601. */
  readonly time: string;
  readonly actor: string;
  /** The event's type. */
  readonly action: string;
  readonly subject: AuditSubject | null;
  /** Where it was done; `*` for all, null for what is of none. Of a refusal the workspace of who asked. */
  readonly workspaceId: string | null;
  readonly address: string | null;
  readonly tokenId: string | null;
  /** Of the request, where that has one: all that came of it carries it. */
  readonly correlationId: string | null;
  readonly refusal: AuditRefusal | null;
}

/** Each of them narrows it. */
export interface AuditFilter {
  readonly workspaceId?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly tokenId?: string;
  readonly address?: string;
  /** The id of what it was done to. */
  readonly subject?: string;
  readonly from?: Date;
  readonly until?: Date;
  /** Only what was refused, or only what was not. */
  readonly refused?: boolean;
}

/** What an event tells of who did what; null where nobody is said to have done it. Pure. Its workspace is to be found yet. */
export function entryOf(event: StoredEvent): AuditEntry | null {
  const { metadata, stream, type, position, created } = event;
  const actor = textOf(metadata.actor);
  if (actor === null) return null;
  return {
    position: position.toString(),
    time: created.toISOString(),
    actor,
    action: type,
    subject: subjectOf(event),
    workspaceId: null,
    address: textOf(metadata.address),
    tokenId: textOf(metadata.tokenId),
    correlationId: textOf(metadata.$correlationId),
    refusal: stream === REFUSALS_STREAM ? refusalOf(event) : null,
  };
}

/** Whether an entry is one that is asked for, whatever its workspace. What the service does by itself is asked for by name. Pure. */
export function isFrom(entry: AuditEntry, wish: AuditFilter): boolean {
  const ms = Date.parse(entry.time);
  return (
    (wish.actor === undefined ? !OWN_ACTORS.has(entry.actor) : entry.actor === wish.actor) &&
    (wish.action === undefined || entry.action === wish.action) &&
    (wish.tokenId === undefined || entry.tokenId === wish.tokenId) &&
    (wish.address === undefined || entry.address === wish.address) &&
    (wish.subject === undefined || entry.subject?.id === wish.subject) &&
    (wish.refused === undefined || (entry.refusal !== null) === wish.refused) &&
    (wish.from === undefined || ms >= wish.from.getTime()) &&
    (wish.until === undefined || ms <= wish.until.getTime())
  );
}

const OF_AGGREGATE = /^(task|session|project)-(.+)$/;
/** Streams that are one for all, and the field that says what an event in them is about. */
const OF_ALL: Readonly<Record<string, readonly [kind: AuditSubjectKind, field: string]>> = {
  [TOKENS_STREAM]: ['token', 'tokenId'],
  [LOGINS_STREAM]: ['login', 'loginId'],
  [LIMITS_STREAM]: ['workspace', 'workspaceId'],
  [CREDENTIALS_STREAM]: ['credential', 'host'],
  [WEBHOOKS_STREAM]: ['webhook', 'webhookId'],
  [TERMINALS_STREAM]: ['task', 'taskId'],
};

function subjectOf({ stream, data }: StoredEvent): AuditSubject | null {
  const [, kind, id] = OF_AGGREGATE.exec(stream) ?? [];
  if (id !== undefined && isUuid(id)) return { kind: kind as AuditSubjectKind, id };
  const [shared, field] = Object.hasOwn(OF_ALL, stream) ? OF_ALL[stream]! : [];
  const named = textOf(((data ?? {}) as Record<string, unknown>)[field ?? '']);
  return shared === undefined || named === null ? null : { kind: shared, id: named };
}

function refusalOf({ data, created }: StoredEvent): AuditRefusal {
  const { code, count, method, path, firstAt, at } = (data ?? {}) as Record<string, unknown>;
  const time = created.toISOString();
  return {
    code: textOf(code) ?? 'unknown',
    count: typeof count === 'number' ? count : 1,
    method: textOf(method),
    path: textOf(path),
    firstAt: textOf(firstAt) ?? time,
    lastAt: textOf(at) ?? time,
  };
}

const LONGEST = 500;
const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value.slice(0, LONGEST) : null;
