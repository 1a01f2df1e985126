import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyIn } from '../../src/cli/history.js';
import { readEventFile } from '../../src/cli/events/event-file.js';
import type { StoredEvent } from '../../src/events/stored-event.js';

/** What was found when a file was recorded. */
export interface Recorded {
  readonly sha256: string;
  readonly tasks: number;
  readonly commands: number;
  readonly same: number;
  readonly pending: number;
  readonly overtaken: number;
  /** Tasks that hold an event which nobody can read. */
  readonly unreadable: number;
  /** What the service that was recorded showed of each task at the end, by task id. */
  readonly statuses: Readonly<Record<string, string>>;
}

const FOLDER = join(process.cwd(), 'test/histories');

/** The files of recorded histories, `<recorded when>.<scenario>.ndjson`. */
export const historyFiles = (): string[] => readdirSync(join(FOLDER, 'recorded')).sort();

export const historyPath = (file: string): string => join(FOLDER, 'recorded', file);

/** The events of a file in their order, without what earlier versions exported of their own book-keeping. */
export const eventsOf = (file: string): AsyncIterable<StoredEvent> =>
  historyIn(readEventFile(historyPath(file)));

export const expectations = (): Record<string, Recorded> =>
  JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<string, Recorded>;

/** The events of a file by stream, each in its order. */
export async function streamsOf(file: string): Promise<Map<string, StoredEvent[]>> {
  const streams = new Map<string, StoredEvent[]>();
  for await (const event of eventsOf(file))
    streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  return streams;
}
