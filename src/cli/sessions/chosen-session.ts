import type { SessionRecord, SlipwayClient } from '@slipway/client';
import type { Command } from 'commander';
import { CliError } from '../exit-code.js';

/** Adds `--session` to a command about one session of a task. */
export const withSession = (command: Command): Command =>
  command.option('--session <id>', "one of the task's sessions (default: the first that is not over)");

/** The session that is meant. Rejects with SlipwayError, and with an Error that names the sessions where there is no such. */
export async function chosenSession(
  client: SlipwayClient,
  taskId: string,
  sessionId?: string,
): Promise<SessionRecord> {
  const { items } = await client.listSessions(taskId);
  const isOver = ({ state }: SessionRecord) => state === 'ended' || state === 'error';
  const chosen =
    sessionId === undefined
      ? (items.find((each) => !isOver(each)) ?? items[0])
      : items.find((each) => each.sessionId === sessionId.toLowerCase());
  if (chosen !== undefined) return chosen;
  throw new CliError(
    'notFound',
    `The task has no session ${sessionId}. It has: ${items.map((each) => each.sessionId).join(', ')}`,
  );
}
