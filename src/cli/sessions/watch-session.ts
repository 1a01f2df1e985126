import type { SlipwayClient, TranscriptEntry } from '@slipway/client';
import { print, printError, printJsonLine } from '../output.js';
import { EntryLines } from './entry-lines.js';
import { followEntries } from './follow-entries.js';

export interface WatchSession {
  readonly taskId: string;
  readonly sessionId: string;
  readonly after?: string;
  readonly follow: boolean;
  readonly json?: boolean;
}

/** Prints a session's entries as they come, until the session is over or, without `follow`, all were shown. */
export async function watchSession(
  client: SlipwayClient,
  { follow, json, taskId, sessionId, after }: WatchSession,
): Promise<void> {
  const lines = new EntryLines();
  const show = (some: readonly string[]) => some.forEach((line) => print(line));
  const showEntry = (entry: TranscriptEntry) => (json ? printJsonLine(entry) : show(lines.of(entry)));
  if (!follow) {
    for await (const entry of client.eachEntry(taskId, sessionId, { after, limit: 200 })) showEntry(entry);
    return show(lines.rest());
  }
  const from = { taskId, sessionId, after, onTrouble: sayAway };
  for await (const news of followEntries(client, from)) if (news.type === 'entry') showEntry(news.entry);
  show(lines.rest());
}

/** Beside what programs read. */
const sayAway = (reason: string | null): void => printError('slipway', reason ?? 'Connected again.');
