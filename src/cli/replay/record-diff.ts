import type { TaskRecord } from '../../events/task/task-record.js';

/** One field that two records of a task do not have in common; undefined where a record has no such field. */
export interface Change {
  /** `status`, `error.reason`, `sessions.<sessionId>.state`, … */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** They change with every event and say nothing by themselves. */
const ALWAYS_NEW: ReadonlySet<string> = new Set(['position', 'updatedAt']);
const MAX_TEXT = 120;

/** The fields in which two records of one task differ; what is gone comes last. */
export function diffRecords(from: TaskRecord | null, to: TaskRecord | null): Change[] {
  const [left, right] = [fieldsOf(from), fieldsOf(to)];
  return [...new Set([...right.keys(), ...left.keys()])]
    .filter((path) => !ALWAYS_NEW.has(path) && left.get(path) !== right.get(path))
    .map((path) => ({ path, from: left.get(path), to: right.get(path) }));
}

/** For people: `~ status: running → archiving`, `+ branchName: feat-x`, `- sandboxId: box-1`. */
export function describeChange({ path, from, to }: Change): string {
  const [old, now] = [textOf(from), textOf(to)];
  if (old === null) return `+ ${path}: ${now}`;
  return now === null ? `- ${path}: ${old}` : `~ ${path}: ${old} → ${now}`;
}

/** All leaves of a record; null counts as a field that is not there. */
function fieldsOf(record: TaskRecord | null): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  const add = (path: string, value: unknown) => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object') fields.set(path, value);
    else for (const [name, item] of Object.entries(value)) add(path === '' ? name : `${path}.${name}`, item);
  };
  if (record === null) return fields;
  const { sessions, ...rest } = record;
  add('', rest);
  for (const { sessionId, taskId: _, ...session } of sessions) add(`sessions.${sessionId}`, session);
  return fields;
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  const text = String(value).replace(/\s+/g, ' ');
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
