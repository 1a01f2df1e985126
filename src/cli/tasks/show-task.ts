import type { TaskRecord } from '@slipway/client';
import { FAILURES, knownCode } from '../../events/failure-codes.js';
import { durationText } from '../../events/task/lifecycle.js';
import { SETUP_FILE } from '../../events/task/vocabulary.js';
import { print } from '../output.js';

/** Prints a task's record for people, a line for each field that it has. */
export function showTask(record: TaskRecord): void {
  const lines: [string, string | null][] = [
    ['task', record.taskId],
    ['title', record.title],
    ['status', `${record.status}: ${record.statusMessage}`],
    ['code', record.error && record.error.code],
    ['advice', record.error && FAILURES[knownCode(record.error.code)].advice],
    ['sleep', sleepLine(record)],
    ['repository', record.repoRemote],
    ['branch', record.branchName],
    ['provider', `${record.providerId}, agent ${record.agentType}`],
    ['sandbox', record.sandboxId],
    ['checkout', record.sandboxPath],
    ...record.notices.map((notice): [string, string] => ['notice', notice]),
    ...setupLines(record),
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

/** When its sandbox stops by itself, or why it has. */
function sleepLine({ sleep, status }: TaskRecord): string | null {
  if (sleep === null) return null;
  const { idleStopAfter, maxAge, deadline } = sleep;
  const limits = [
    ...(idleStopAfter === null ? [] : [`after ${durationText(idleStopAfter)} without activity`]),
    ...(maxAge === null ? [] : [`after ${durationText(maxAge)} awake`]),
  ].join(', or ');
  const when = deadline === null || status !== 'running' ? '' : ` (as things are, at ${deadline})`;
  return `the sandbox stops ${limits}${when}`;
}

const SHOWN_LINES = 10;

/** What came of the setup, and the end of its output, a line each. */
function setupLines({ setup }: TaskRecord): [string, string][] {
  if (setup === null) return [];
  const from = setup.source === 'task' ? 'given with the task' : `${SETUP_FILE} of the repository`;
  const lines = (setup.output ?? '').trimEnd().split('\n').slice(-SHOWN_LINES);
  return [
    ['setup', `${from}: ${setup.state}`],
    ...lines.filter((line) => line !== '').map((line): [string, string] => ['', line]),
  ];
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
