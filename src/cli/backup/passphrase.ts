import { readFile } from 'node:fs/promises';
import { readSecret } from '../credentials/read-secret.js';
import { CliError } from '../exit-code.js';

export interface KeyOptions {
  readonly passphraseFile?: string;
  /** commander's word for `--without-key`. */
  readonly withoutKey?: boolean;
}

/**
 * The passphrase that the key of the credentials is to be under, or null to leave the key out. Asked for in a terminal.
 * @throws CliError where nobody has said which
 */
export async function passphraseFrom(
  { passphraseFile, withoutKey }: KeyOptions,
  question: string,
): Promise<string | null> {
  if (withoutKey) return null;
  if (passphraseFile === '-') return readSecret(question);
  if (passphraseFile !== undefined) {
    const text = await readFile(passphraseFile, 'utf8').catch((error: Error) => {
      throw new CliError('usage', `The passphrase cannot be read: ${error.message}`);
    });
    return text.replace(/\r?\n$/, '');
  }
  if (process.stdin.isTTY) return readSecret(question);
  throw new CliError(
    'usage',
    'Say what becomes of the key that opens credentials: --passphrase-file <file> (or - for standard input), or --without-key.',
  );
}
