import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { Settings } from '../platform/settings/settings.js';
import { StartError } from './start-error.js';

/** Where certificate and key are, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The files that the settings name, or undefined. */
export const tlsFilesOf = ({ tls: { cert, key } }: Pick<Settings, 'tls'>): TlsFiles | undefined =>
  cert === undefined || key === undefined ? undefined : { cert, key };

interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** So soon new files are in use. */
const LOOK_EVERY_MS = 5_000;

/** Certificate and key that belong together. Throws StartError, which says what to do, for others. */
export async function readTls({ cert, key }: TlsFiles): Promise<TlsPair> {
  const pair = { cert: await read('SLIPWAY_TLS_CERT', cert), key: await read('SLIPWAY_TLS_KEY', key) };
  try {
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^error:[^:]*:/, '') : String(cause);
    throw new StartError(
      `SLIPWAY_TLS_CERT ${cert} and SLIPWAY_TLS_KEY ${key} do not go together (${why}): name the file of a certificate, with those that it rests on behind it, and the one of its key, both in PEM and without a password.`,
      { cause },
    );
  }
}

async function read(variable: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartError(
      `${variable} ${file} cannot be read (${code}): name a file that this user may read.`,
      {
        cause,
      },
    );
  }
}

/**
 * Uses new files soon after they were put in place of the old ones, and at once on SIGHUP, for connections that are made
 * from then on. Files that are wrong change nothing: the log says so. Answers what ends that.
 */
export function followTls(server: Server, files: TlsFiles, log: Logger): () => void {
  let known: string | undefined;
  let turn: Promise<void> = Promise.resolve();
  const look = async (isAsked: boolean) => {
    try {
      const now = await marks(files);
      const isNew = known !== undefined && now !== known;
      if (isNew || isAsked) {
        server.setSecureContext(await readTls(files));
        log.info('a new certificate is in use');
      }
      known = now;
    } catch (error) {
      log.error(
        { err: error },
        'the certificate stays as it is: the files that are there now cannot be used',
      );
      // Told once; what is put right is looked at as anything new.
      known = await marks(files).catch(() => 'none');
    }
  };
  const lookInTurn = (isAsked: boolean) => (turn = turn.then(() => look(isAsked)));
  void lookInTurn(false);
  const timer = setInterval(() => void lookInTurn(false), LOOK_EVERY_MS).unref();
  const onSignal = () => void lookInTurn(true);
  process.on('SIGHUP', onSignal);
  return () => {
    clearInterval(timer);
    process.off('SIGHUP', onSignal);
  };
}

/** Changes when one of the files does, or what a link among them leads to. */
async function marks({ cert, key }: TlsFiles): Promise<string> {
  const found = await Promise.all([stat(cert), stat(key)]);
  return found.map(({ ino, size, mtimeMs }) => `${ino}/${size}/${mtimeMs}`).join();
}
