import type { TaskRecord } from '@slipway/client';
import { FAILURES, knownCode } from '../../events/failure-codes.js';
import { print } from '../output.js';

/** Prints a task's record for people, a line for each field that it has. */
export function showTask(record: TaskRecord): void {
  const lines: [string, string | null][] = [
    ['task', record.taskId],
    ['title', record.title],
    ['status', `${record.status}: ${record.statusMessage}`],
    ['code', record.error && record.error.code],
    ['advice', record.error && FAILURES[knownCode(record.error.code)].advice],
    ['repository', record.repoRemote],
    ['branch', record.branchName],
    ['provider', `${record.providerId}, agent ${record.agentType}`],
    ['sandbox', record.sandboxId],
    ['checkout', record.sandboxPath],
    ...record.notices.map((notice): [string, string] => ['notice', notice]),
    ...keptLines(record),
    ...record.sessions.map((s): [string, string] => [
      'session',
      `${s.sessionId} ${s.activity ?? s.state}${s.error ? `: ${s.error}` : ''}`,
    ]),
    ['position', record.position],
    ['created', record.createdAt],
    ['updated', record.updatedAt],
  ];
  for (const [name, value] of lines) if (value !== null) print(`${name.padEnd(11)} ${value}`);
}

/** What outlived the sandbox, and how to get at it. */
function keptLines({ kept }: TaskRecord): [string, string][] {
  if (kept === null) return [];
  const more = kept.count - kept.refs.length;
  return [
    ['kept in', kept.where],
    ...kept.refs.map(({ name, commit }): [string, string] => ['kept', `${commit} ${name}`]),
    ...(more > 0 ? [['kept', `and ${more} more`] as [string, string]] : []),
  ];
}
