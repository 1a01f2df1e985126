import { startPostgres, type PostgresServer } from '@slipway/embedded-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A real PostgreSQL for a test file, with as many fresh databases as its tests ask for. */
export class RowsServer {
  private databases = 0;

  private constructor(
    private readonly dataDir: string,
    private server: PostgresServer,
    private readonly settings: Record<string, string>,
  ) {}

  /** @param settings by PostgreSQL's names */
  static async start(settings: Record<string, string> = {}): Promise<RowsServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'slipway-rows-'));
    return new RowsServer(dataDir, await startPostgres({ dataDir, settings }), settings);
  }

  /** The address of the database that is there from the start. */
  get url(): string {
    return this.server.url;
  }

  /** The address of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `rows_${++this.databases}`;
    const { url: own, superuserUrl } = this.server;
    await this.query(superuserUrl, `CREATE DATABASE ${name} OWNER ${new URL(own).username}`);
    const url = new URL(this.server.url);
    url.pathname = `/${name}`;
    return url.toString();
  }

  /** Runs one statement over a connection of its own. */
  async query<T extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** PostgreSQL goes away. */
  async goAway(): Promise<void> {
    await this.server.stop();
  }

  /** PostgreSQL comes back, on the same port and with all that was committed. */
  async comeBack(): Promise<void> {
    this.server = await startPostgres({
      dataDir: this.dataDir,
      port: this.server.port,
      settings: this.settings,
    });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
