import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledBundle } from './compiled-bundle.js';

describe('a bundle with its compiled code', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-bundle-'));
    await writeFile(join(folder, 'entry.cjs'), `exports.answer = () => require('./part.cjs').number;`);
    await writeFile(join(folder, 'part.cjs'), `exports.number = 41; exports.entry = require('./entry.cjs');`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const answer = (bundle: CompiledBundle) => (bundle.load('entry.cjs') as { answer(): number }).answer();
  const kept = async () =>
    (await readdir(join(folder, '.compiled'), { recursive: true })).filter((name) => name.includes('/'));

  it('loads each file once, also those that need each other', () => {
    const bundle = new CompiledBundle(folder, 'app');
    expect(answer(bundle)).toBe(41);
    expect(bundle.load('entry.cjs')).toBe(bundle.load('entry.cjs'));
  });

  it('keeps what it compiled, once, for the next', async () => {
    const first = new CompiledBundle(folder, 'app');
    expect(answer(first)).toBe(41);
    first.keep();
    const files = await kept();
    expect(files).toHaveLength(2);
    const second = new CompiledBundle(folder, 'app');
    expect(answer(second)).toBe(41);
    second.keep();
    expect(await kept()).toEqual(files);
    // Another program has its own.
    const other = new CompiledBundle(folder, 'cli');
    expect(answer(other)).toBe(41);
    other.keep();
    expect(await kept()).toHaveLength(4);
  });

  it('does not take what it compiled of another text of the same length for this one', async () => {
    const first = new CompiledBundle(folder, 'app');
    expect(answer(first)).toBe(41);
    first.keep();
    await writeFile(join(folder, 'part.cjs'), `exports.number = 42; exports.entry = require('./entry.cjs');`);
    expect(answer(new CompiledBundle(folder, 'app'))).toBe(42);
  });

  it('runs where nothing can be kept, and with what is kept damaged', async () => {
    const first = new CompiledBundle(folder, 'app');
    expect(answer(first)).toBe(41);
    first.keep();
    for (const name of await kept()) await writeFile(join(folder, '.compiled', name), 'not what V8 wrote');
    expect(answer(new CompiledBundle(folder, 'app'))).toBe(41);
    await rm(join(folder, '.compiled'), { recursive: true });
    await writeFile(join(folder, '.compiled'), 'in the way');
    const last = new CompiledBundle(folder, 'app');
    expect(answer(last)).toBe(41);
    expect(() => last.keep()).not.toThrow();
  });
});
