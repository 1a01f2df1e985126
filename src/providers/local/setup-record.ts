import { Type, type Static } from '@sinclair/typebox';
import { ProviderError } from '../../events/provider-error.js';
import { MOST_SETUP_OUTPUT } from '../../events/task/task-events.js';
import { SETUP_FILE } from '../../events/task/vocabulary.js';
import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import { plainText } from './plain-text.js';
import { readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';

/** Lies among the records, where no program of the sandbox can write. */
const Ended = Type.Object({
  run: Type.Integer({ minimum: 1 }),
  code: Type.Integer({ minimum: 0, maximum: 255 }),
  output: Type.String({ maxLength: MOST_SETUP_OUTPUT }),
});
export type EndedSetup = Static<typeof Ended>;

/** A failure's reason has so much of the output's end. */
const LONGEST_REASON = 500;
const RUN_FILE = `if [ -x "$1" ]; then exec "./$1"; else exec /bin/sh "$1"; fi`;

/** How the setup ended, where it is not to be run again: it succeeded, or this try failed. */
export async function knownSetup(files: SandboxFiles, run: number): Promise<EndedSetup | null> {
  const known = await readRecord(files.setupDone, Ended);
  return known && (known.code === 0 || known.run >= run) ? known : null;
}

/** What the setup that ended last had put out. */
export async function lastOutput(files: SandboxFiles): Promise<string | null> {
  return (await readRecord(files.setupDone, Ended))?.output ?? null;
}

export function noteSetup(files: SandboxFiles, ended: EndedSetup): Promise<void> {
  return writeRecord(files.setupDone, ended);
}

/** What is run in the checkout. */
export const commandOf = ({ commands }: SetupSpec): string[] =>
  commands === undefined
    ? ['/bin/sh', '-c', RUN_FILE, 'slipway-setup', SETUP_FILE]
    : ['/bin/sh', '-e', '-c', commands];

/** A setup that succeeded. @throws ProviderError for one that failed */
export function toldSetup({ code, output }: EndedSetup): SetupRun {
  if (code === 0) return { output };
  const end = output.trimEnd().slice(-LONGEST_REASON).toWellFormed();
  const reason = `The setup ended with exit code ${code}${end === '' ? '.' : `: ${end}`}`;
  throw new ProviderError('setup_failed', reason, { output });
}

/** The end of a program's output, as text. */
export function outputText(output: Buffer): string {
  return plainText(output.toString()).slice(-MOST_SETUP_OUTPUT).toWellFormed();
}
