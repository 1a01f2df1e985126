import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyedMutex } from './keyed-mutex.js';

const never = new AbortController().signal;

describe('KeyedMutex', () => {
  it('lets one in at a time for each key, in order, also after a failure', async () => {
    const mutex = new KeyedMutex();
    const seen: string[] = [];
    let inside = 0;
    const enter = (name: string, fails = false) =>
      mutex.run('a', never, async () => {
        expect(++inside).toBe(1);
        await sleep(2);
        inside--;
        seen.push(name);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([enter('1'), enter('2', true), enter('3'), enter('4')]);
    expect(seen).toEqual(['1', '2', '3', '4']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('lets other keys pass', async () => {
    const mutex = new KeyedMutex();
    let release = (): void => undefined;
    const held = mutex.run('a', never, () => new Promise<void>((resolve) => (release = resolve)));
    await expect(mutex.run('b', never, async () => 'in')).resolves.toBe('in');
    release();
    await held;
  });

  it('takes the key from a holder that does not end with its signal, but not at once', async () => {
    const mutex = new KeyedMutex(20);
    const abort = new AbortController();
    const reason = new Error('enough');
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const stuck = mutex.run('a', abort.signal, () => (begin(), new Promise(() => undefined)));
    await begun;
    const next = mutex.run('a', never, async () => 'in');
    let seen: unknown;
    void next.then((value) => (seen = value));
    abort.abort(reason);
    await sleep(1);
    expect(seen).toBeUndefined();
    await expect(stuck).rejects.toBe(reason);
    await expect(next).resolves.toBe('in');
  });

  it('does not let the next one in early when one who waits gives up', async () => {
    const mutex = new KeyedMutex();
    let release = (): void => undefined;
    let entered = false;
    const held = mutex.run('a', never, () => new Promise<void>((resolve) => (release = resolve)));
    const abort = new AbortController();
    const reason = new Error('enough');
    const waiting = mutex.run('a', abort.signal, async () => undefined);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const next = mutex.run('a', never, async () => (entered = true));
    await sleep(5);
    expect(entered).toBe(false);
    release();
    await Promise.all([held, next]);
    expect(entered).toBe(true);
  });
});
