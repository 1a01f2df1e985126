import dotenv from 'dotenv';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { StartError } from './start-error.js';

/**
 * Adds what `.env` in the working directory says to the environment; what is set already stays. No such file is fine.
 * Throws StartError for one that cannot be read: to go on without what it says would surprise.
 */
export function loadEnvFile(env: NodeJS.ProcessEnv = process.env, path = resolve('.env')): void {
  const text = readEnvFile(path);
  if (text !== undefined) dotenv.populate(env as dotenv.DotenvPopulateInput, dotenv.parse(text));
}

function readEnvFile(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    // Never waiting for whoever may be at the other end of a pipe.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!fstatSync(descriptor).isFile()) throw new StartError(`${path} is no file: move it away.`);
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new StartError(
      `${path} cannot be read (${code}): make it readable for this user, or move it away.`,
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
