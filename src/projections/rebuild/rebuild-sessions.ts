import { PgSession } from '../database/pg-session.js';
import type { Table } from '../definitions/projection.js';

/** Comparing joins whole tables; where this is too little memory PostgreSQL goes through files. */
const WORK_MEM = '64MB';

/** The two connections that a rebuild works on at the same time, each with its own tables. */
export class RebuildSessions {
  private constructor(
    readonly main: PgSession,
    readonly beside: PgSession,
  ) {}

  static async open(databaseUrl: string): Promise<RebuildSessions> {
    const open = () => PgSession.open(databaseUrl, 'slipway-rebuild', { unhurried: true });
    const main = await open();
    const beside = await open().catch((error: unknown) => {
      main.close();
      throw error;
    });
    const sessions = new RebuildSessions(main, beside);
    try {
      // What is lost with a crash of PostgreSQL is a shadow; the swap, which commits after it, is durable.
      await sessions.both((session) => session.query('SET synchronous_commit = off'));
      await sessions.both((session) => session.query(`SET work_mem = '${WORK_MEM}'`));
      return sessions;
    } catch (error) {
      sessions.close();
      throw error;
    }
  }

  /** The one that has to do with the table: those that are only added to have one of their own. */
  of({ insertOnly }: Table): PgSession {
    return insertOnly ? this.beside : this.main;
  }

  /** Runs it on both at once. Ends when both have, then throws what the first that failed threw. */
  async both(work: (session: PgSession) => Promise<unknown>): Promise<void> {
    await allOf([work(this.main), work(this.beside)]);
  }

  close(): void {
    this.main.close();
    this.beside.close();
  }
}

/** Waits for all of them to end, then throws what the first that failed threw: nothing goes on behind the back of what comes next. */
export async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
