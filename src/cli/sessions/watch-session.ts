import type { SlipwayClient } from '@slipway/client';
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
  { follow, json, ...from }: WatchSession,
): Promise<void> {
  const lines = new EntryLines();
  for await (const { items, next, activity } of followEntries(client, { ...from, onTrouble: sayAway })) {
    for (const entry of items) {
      if (json) printJsonLine(entry);
      else lines.of(entry).forEach((line) => print(line));
    }
    if (next === null && (!follow || activity === 'ended')) return;
  }
}

/** Beside what programs read. */
export const sayAway = (reason: string | null): void =>
  printError('slipway', reason === null ? 'Connected again.' : `${reason} Trying again …`);
