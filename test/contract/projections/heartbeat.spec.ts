import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PgSession } from '../../../src/projections/database/pg-session.js';
import { RowsServer } from '../../support/rows-server.js';
import { until } from '../../support/until.js';

/**
 * A rebuild whose batch was refused on one of its connections waits for the other before it rolls both back: a
 * heartbeat within that time was refused as well, and took the connection for lost.
 */
describe('the heartbeat of a connection', () => {
  let rows: RowsServer;

  beforeAll(async () => {
    rows = await RowsServer.start();
  });
  afterAll(() => rows.stop());

  it('lives through a transaction in which something has failed', async () => {
    const session = await PgSession.open(rows.url, 'beating');
    try {
      await session.query('BEGIN');
      await expect(session.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
      await until('a heartbeat', 10_000, async () => {
        const beats = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'beating' AND query = 'SELECT 1'`;
        return (await rows.query(rows.url, beats)).length === 1;
      });
      await session.query('ROLLBACK');
      expect((await session.query<{ two: number }>('SELECT 1 + 1 AS two')).rows).toEqual([{ two: 2 }]);
    } finally {
      session.close();
    }
  });
});
