/** The service cannot start for a reason that a person can put right. The message, one line, says what and how. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Errors whose message is all that a person needs. By name: what throws them is loaded when it is needed. */
const FOR_PEOPLE = new Set([
  'StartError',
  'SettingsError',
  'InvalidFailuresError',
  'DirectoryInUseError',
  'EventStoreStartError',
  'PostgresStartError',
]);

/** What to show of whatever ended a start: lines for people, or for what nobody has thought of the error with its stack. */
export function shownError(error: unknown): string | unknown {
  if (!(error instanceof Error) || !FOR_PEOPLE.has(error.name)) return error;
  // A line for each setting that is wrong; whatever else has line breaks in it was said by a program.
  const lines = error.name === 'SettingsError' ? error.message.split('\n') : [error.message];
  return lines.map((line) => `slipway: ${line}`).join('\n');
}
