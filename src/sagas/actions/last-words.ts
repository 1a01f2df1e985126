import type { Task } from '../../events/task/task-state.js';
import { lastWordsOf } from '../../events/session/messages.js';
import type { SessionStreams } from '../../store/aggregate-streams.js';

/** So many events at the end of a session are looked through. */
const MOST_EVENTS = 500;
const MOST_TEXT = 20_000;

/** The text for a pull request's description: what the task's agent said last, and below it what was asked for. */
export async function lastWords(sessions: SessionStreams, task: Task): Promise<string> {
  const said = lastWordsOf(await sessions.events(task.sessionId, MOST_EVENTS)).slice(0, MOST_TEXT);
  const asked = task.task.length > MOST_TEXT ? `${task.task.slice(0, MOST_TEXT)}…` : task.task;
  const quote = asked
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
  return `${said === '' ? '' : `${said}\n\n`}${quote}\n`.toWellFormed();
}
