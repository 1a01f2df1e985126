import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { LoginStream } from './login-stream.js';
import { isOpen, loginOf } from './logins.js';

const NOW = new Date('2026-01-31T12:00:00.000Z');
const later = (ms: number) => new Date(NOW.getTime() + ms);
const HOUR_MS = 3_600_000;
const WHO = {
  actor: 'user:jane',
  issuer: 'https://login.example',
  subject: 'jane',
  name: null,
  email: null,
  grants: [{ workspaceId: 'acme', role: 'member' }],
} as const;
const WHEN = { now: NOW, lastsMs: 8 * HOUR_MS };

describe('a log-in', () => {
  it('is found by what the browser keeps, which is stored nowhere', async () => {
    const store = new InMemoryEventStore();
    const stream = new LoginStream(store);
    const { login, text } = await stream.open(WHO, WHEN);
    expect(loginOf(stream.known, text)).toEqual(login);
    const stored = JSON.stringify(store.log.map(({ data, metadata }) => ({ data, metadata })));
    expect(stored).toContain(login.hash);
    expect(stored).not.toContain(text.slice(-43));
    const wrong = text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const other of [wrong, text.replace('login_', 'slw_'), text.slice(0, -1), ''])
      expect(loginOf(stream.known, other)).toBeNull();
  });

  it('is over at its end, when nobody came with it for long, and when it is ended', async () => {
    const stream = new LoginStream(new InMemoryEventStore());
    const { login } = await stream.open(WHO, WHEN);
    expect(isOpen(login, later(HOUR_MS - 1), HOUR_MS)).toBe(true);
    expect(isOpen(login, later(HOUR_MS), HOUR_MS)).toBe(false);
    expect(isOpen(login, later(8 * HOUR_MS - 1), 9 * HOUR_MS)).toBe(true);
    expect(isOpen(login, later(8 * HOUR_MS), 9 * HOUR_MS)).toBe(false);
    const ended = await stream.end(login.loginId, { actor: 'test' }, later(1));
    expect(isOpen(ended!, later(2), HOUR_MS)).toBe(false);
    expect(await stream.end('none', { actor: 'test' }, NOW)).toBeUndefined();
  });

  it('is forgotten once it is over and another one is opened: what is held does not grow', async () => {
    const stream = new LoginStream(new InMemoryEventStore());
    for (let i = 0; i < 5; i++) await stream.open(WHO, { ...WHEN, now: later(i) });
    expect(stream.known.size).toBe(5);
    await stream.open(WHO, { ...WHEN, now: later(9 * HOUR_MS) });
    expect(stream.known.size).toBe(1);
  });

  it('can be opened where the store keeps nothing of the stream any more', async () => {
    const store = new InMemoryEventStore();
    const first = new LoginStream(store);
    await first.open(WHO, WHEN);
    // As a store does that has dropped what is too old: the stream reads as empty and goes on where it was.
    const emptied = Object.create(store, {
      readStream: { value: async function* () {} },
    }) as InMemoryEventStore;
    const { login } = await new LoginStream(emptied).open(WHO, WHEN);
    expect(login.actor).toBe('user:jane');
    expect((await first.latest()).size).toBe(2);
  });
});
