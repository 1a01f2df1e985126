import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { hashOf } from './secrets.js';
import type { TicketHolder, TicketRows } from './ticket-rows.js';

/** For so long a ticket can be used, in milliseconds. */
export const TICKET_MS = 30_000;
const MOST = 100_000;
const TICKET = /^[A-Za-z0-9_-]{43}$/;

/** Tickets for one WebSocket each: a browser can put no header on it, and a token has no place in an address. */
export class LiveTickets {
  /** Of those that could not be put where others find them: they are good here. */
  private readonly here = new LRUCache<string, TicketHolder>({ max: MOST, ttl: TICKET_MS });

  constructor(private readonly rows: Pick<TicketRows, 'put' | 'take'>) {}

  /** A ticket that lets its holder connect once, at any replica; while PostgreSQL is away at this one. */
  async issue({ tokenId, loginId }: TicketHolder): Promise<string> {
    const ticket = randomBytes(32).toString('base64url');
    const hash = hashOf(ticket);
    const holder = { tokenId, loginId };
    await this.rows.put(hash, holder, TICKET_MS).catch(() => this.here.set(hash, holder));
    return ticket;
  }

  /** Whose ticket it is; it is used up by that. Null for what is none, or where nobody can say just now. */
  async redeem(ticket: string): Promise<TicketHolder | null> {
    if (!TICKET.test(ticket)) return null;
    const hash = hashOf(ticket);
    const here = this.here.get(hash);
    if (here === undefined) return this.rows.take(hash).catch(() => null);
    this.here.delete(hash);
    return here;
  }
}
