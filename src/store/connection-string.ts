import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString.js';

/** Why the official client does not take a connection string, in words; undefined when it does. Shows nothing of it. */
export function complaintAboutConnectionString(url: string): string | undefined {
  try {
    parseConnectionString(url);
    return undefined;
  } catch (error) {
    // The client's own words begin with what stands there, which may be a piece of a password.
    return (
      /at position \d+, expected .*/s.exec((error as Error).message)?.[0] ?? 'the client does not take it'
    );
  }
}
