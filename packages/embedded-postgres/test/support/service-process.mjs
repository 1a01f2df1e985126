/**
 * Stands for the service: starts the launcher given by its path on a data directory, says so as JSON lines, then writes
 * rows one after the other, telling each only when the server has acknowledged it.
 */
import { pathToFileURL } from 'node:url';
import pg from 'pg';

const [launcher, dataDir, writing] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { startPostgres } = await import(pathToFileURL(launcher).href);
try {
  const server = await startPostgres({ dataDir });
  say({ ready: { url: server.url, pid: server.pid } });
  process.on('SIGTERM', () => server.stop().then(() => process.exit()));
  if (writing) {
    const client = new pg.Client(server.url);
    client.on('error', () => undefined); // The server may be killed under it.
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS rows (n bigint PRIMARY KEY)');
    for (let n = Number(writing); ; n++) {
      await client.query({ name: 'add', text: 'INSERT INTO rows VALUES ($1)', values: [n] });
      say({ acknowledged: n });
    }
  }
} catch (error) {
  say({ refused: { reason: error.reason, message: error.message } });
}
