import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadProvider } from './provider-modules.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a provider module', () => {
  let dir: string;
  beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'slipway-modules-'))));
  afterAll(() => rm(dir, { recursive: true }));

  const load = async (source: string, name = `${Math.random()}`.slice(2)) => {
    const file = join(dir, `${name}.mjs`);
    await writeFile(file, source);
    return loadProvider(file, { id: 'own', dataDir: join(dir, 'own'), log });
  };

  it('gives its provider, by the name that the settings give it', async () => {
    const file = resolve('examples/write-a-provider/folder-provider.mjs');
    const provider = await loadProvider(file, { id: 'own', dataDir: join(dir, 'own'), log });
    expect(provider.id).toBe('own');
    expect(await provider.listSandboxes(AbortSignal.timeout(5_000))).toEqual([]);
  });

  it.each([
    ['', /does not export a function createProvider$/],
    ['export const createProvider = 1;', /does not export a function createProvider$/],
    ['export const createProvider = (', /cannot be loaded: /],
    ["throw new Error('no licence');", /cannot be loaded: no licence$/],
    ['export const createProvider = () => undefined;', /makes a provider without findSandbox, /],
    [
      "export const createProvider = () => ({ id: 'own', close() {} });",
      /without findSandbox, .*listSandboxes$/,
    ],
  ])('that is %j is refused at start, with one line that names it', async (source, line) => {
    await expect(load(source)).rejects.toMatchObject({
      name: 'SettingsError',
      message: expect.stringMatching(line),
    });
    await expect(load(source)).rejects.toThrow(/^SLIPWAY_PROVIDER_MODULES: own: \/.*\.mjs /);
  });

  it('that is not there is refused', async () =>
    expect(loadProvider('/nowhere/own.mjs', { id: 'own', dataDir: dir, log })).rejects.toThrow(
      /cannot be loaded/,
    ));
});
