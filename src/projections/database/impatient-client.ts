import pg from 'pg';
import { storableText } from './storable.js';

/**
 * A connection of the pool that is given up once it has left a statement unanswered (`query_timeout`). The driver
 * itself would put it back into the pool, where it answers the next statement as little.
 * And whatever a caller asks for reaches PostgreSQL as text that it can hold, in the form that rows have it in.
 */
export class ImpatientClient extends pg.Client {
  // The overloads are the driver's; all that matters here is what comes back.
  override query = ((...args: unknown[]): unknown => {
    if (Array.isArray(args[1])) args[1] = args[1].map(asStored);
    const result = (super.query as (...args: unknown[]) => unknown)(...args);
    if (result instanceof Promise) result.catch((error: unknown) => this.endAfter(error));
    return result;
  }) as pg.Client['query'];

  private endAfter(error: unknown): void {
    if (!(error instanceof Error) || error.message !== 'Query read timeout') return;
    // With a statement under way this ends the connection at once.
    this.end().catch(() => undefined);
  }
}

const asStored = (value: unknown): unknown => (typeof value === 'string' ? storableText(value) : value);
