import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandsModule } from './commands.module.js';

const HERE = import.meta.dirname;
/** What `@CommandHandler()` leaves on a class. */
const IS_HANDLER = '__commandHandler__';

async function handlers(): Promise<unknown[]> {
  const files = (await readdir(HERE)).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  const modules = await Promise.all(
    files.map((name) => import(join(HERE, name)) as Promise<Record<string, unknown>>),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value) => typeof value === 'function' && Reflect.hasMetadata(IS_HANDLER, value));
}

describe('the command bus', () => {
  it('has every handler that there is: one that is left out is told of by nothing but a 500', async () => {
    const provided = Reflect.getMetadata('providers', CommandsModule) as unknown[];
    const found = await handlers();
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter((handler) => !provided.includes(handler))).toEqual([]);
  });
});
