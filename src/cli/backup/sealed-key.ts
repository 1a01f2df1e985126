import { randomBytes, scrypt } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { SealBrokenError, SecretBox } from '../../platform/secret-box.js';
import { CliError } from '../exit-code.js';

const PLACE = 'slipway backup: secret.key';
const SALT_BYTES = 16;
const LEAST_PASSPHRASE = 12;
/** About half a second and 64 MiB for each guess. */
const COST = { N: 2 ** 16, r: 8, p: 1 } as const;
const MOST_MEMORY = 512 << 20;

const Sealed = Type.Object({
  kdf: Type.Literal('scrypt'),
  N: Type.Integer({ minimum: 2 ** 14, maximum: 2 ** 18 }),
  r: Type.Literal(8),
  p: Type.Integer({ minimum: 1, maximum: 4 }),
  salt: Type.String({ pattern: '^[A-Za-z0-9+/]{22}==$' }),
  sealed: Type.String({ maxLength: 4_096 }),
});

/** The key under a passphrase (scrypt, AES-256-GCM), as text for a file. @throws CliError for a passphrase that is short */
export async function sealKey(key: string, passphrase: string): Promise<string> {
  if (passphrase.length < LEAST_PASSPHRASE)
    throw new CliError('usage', `The passphrase has to have ${LEAST_PASSPHRASE} characters or more.`);
  const salt = randomBytes(SALT_BYTES);
  const box = new SecretBox(await derive(passphrase, salt, COST));
  const sealed = box.seal(key, PLACE).toString('base64');
  return `${JSON.stringify({ kdf: 'scrypt', ...COST, salt: salt.toString('base64'), sealed })}\n`;
}

/** @throws CliError when the passphrase is another one */
export async function openKey(text: string, passphrase: string): Promise<string> {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(Sealed, value))
    throw new CliError('failed', 'The backup’s key is not sealed as it should be.');
  const box = new SecretBox(await derive(passphrase, Buffer.from(value.salt, 'base64'), value));
  try {
    return box.open(Buffer.from(value.sealed, 'base64'), PLACE);
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error;
    throw new CliError('refused', 'The passphrase does not open the key of this backup.');
  }
}

const derive = (
  passphrase: string,
  salt: Buffer,
  { N, r, p }: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N, r, p, maxmem: MOST_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
