import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { TokenStream } from './token-stream.js';
import { holds, tokenOf } from './tokens.js';
import { LiveTickets } from './live-tickets.js';
import type { TicketHolder } from './ticket-rows.js';

const NOW = new Date('2026-01-31T12:00:00.000Z');
const LATER = new Date('2026-03-01T12:00:00.000Z');
const WISH = { name: 'build server', workspaceId: 'acme', role: 'member', expiresAt: null } as const;
const BY = { actor: 'test' };

describe('a token', () => {
  it('is found by its text alone, and its secret is stored nowhere', async () => {
    const store = new InMemoryEventStore();
    const stream = new TokenStream(store);
    const { token, text } = await stream.create(WISH, BY, NOW);
    expect(tokenOf(stream.known, text)).toEqual(token);
    expect(store.log.map(({ metadata }) => metadata.workspaceId)).toEqual(['acme']);
    const secret = text.slice(text.lastIndexOf(token.tokenId) + token.tokenId.length + 1);
    expect(secret).toHaveLength(43);
    const stored = JSON.stringify(store.log.map(({ data, metadata }) => ({ data, metadata })));
    expect(stored).toContain(token.hash);
    expect(stored).not.toContain(secret);
    const other = text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const wrong of [other, text.slice(0, -1), `${text}x`, '', 'slw_', text.toUpperCase()])
      expect(tokenOf(stream.known, wrong)).toBeNull();
  });

  it('opens nothing once it is over or revoked', async () => {
    const stream = new TokenStream(new InMemoryEventStore());
    const { token } = await stream.create({ ...WISH, expiresAt: LATER.toISOString() }, BY, NOW);
    expect(holds(token, NOW)).toBe(true);
    expect(holds(token, LATER)).toBe(false);
    const revoked = await stream.revoke(token.tokenId, BY, NOW);
    expect(holds(revoked!, NOW)).toBe(false);
  });

  it('is revoked once, however often and by how many that is asked', async () => {
    const store = new InMemoryEventStore();
    const [here, there] = [new TokenStream(store), new TokenStream(store)];
    const { token } = await here.create(WISH, BY, NOW);
    await Promise.all([here, there, here].map((each) => each.revoke(token.tokenId, BY, NOW)));
    expect(store.log.map(({ type }) => type)).toEqual(['TokenCreated', 'TokenRevoked']);
    expect((await there.latest()).get(token.tokenId)?.revokedAt).toBe(NOW.toISOString());
  });
});

describe('a ticket', () => {
  const holder = { tokenId: 'x', loginId: undefined };
  /** As the table is, in memory. */
  const table = () => {
    const rows = new Map<string, TicketHolder>();
    return {
      put: async (hash: string, of: TicketHolder) => void rows.set(hash, of),
      take: async (hash: string) => {
        const found = rows.get(hash) ?? null;
        rows.delete(hash);
        return found;
      },
      rows,
    };
  };

  it('opens one socket, at whichever replica, and lies nowhere as it is', async () => {
    const rows = table();
    const [here, there] = [new LiveTickets(rows), new LiveTickets(rows)];
    const ticket = await here.issue(holder);
    expect([...rows.rows.keys()].join()).not.toContain(ticket);
    for (const none of ['none', '', `${ticket}x`, 'A'.repeat(43)]) expect(await here.redeem(none)).toBeNull();
    expect(await there.redeem(ticket)).toEqual(holder);
    expect(await here.redeem(ticket)).toBeNull();
    const other = await here.issue(holder);
    const told = await Promise.all([here, there, here, there].map((each) => each.redeem(other)));
    expect(told.filter((each) => each !== null)).toHaveLength(1);
  });

  it('opens one socket here while there is no place for it that others see', async () => {
    const away = () => Promise.reject(new Error('away'));
    const [here, there] = [0, 1].map(() => new LiveTickets({ put: away, take: away })) as [
      LiveTickets,
      LiveTickets,
    ];
    const ticket = await here.issue(holder);
    expect(await there.redeem(ticket)).toBeNull();
    expect(await here.redeem(ticket)).toEqual(holder);
    expect(await here.redeem(ticket)).toBeNull();
  });
});
