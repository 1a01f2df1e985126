import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { readRuntime } from '../../src/app/runtime-file.js';
import { runCli } from '../support/run-cli.js';
import { filesBelow } from '../support/files-below.js';
import { ServiceProcess } from '../support/service-process.js';

/** Nobody's: neither root's nor the one that the embedded PostgreSQL gets from root. */
const STRANGER = 54_321;
const NEW_TASK = {
  task: 'a prompt that nobody else may read',
  repoRemote: 'https://git.example.com/acme/shop.git',
};

/** What another user of the machine finds out, as a program of theirs: which files open, and what the ports say. */
const PROBE = `
import { openSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
const { files, http, events, rows } = JSON.parse(process.argv[1]);
const opened = files.filter((file) => { try { openSync(file, 'r'); return true; } catch { return false; } });
const status = async (path) => (await fetch(http + path)).status;
const grpc = () => new Promise((resolve) => {
  const session = connect(events);
  session.on('error', (error) => resolve(error.code));
  const call = session.request({ ':method': 'POST', ':path': '/event_store.client.streams.Streams/Read', 'content-type': 'application/grpc', te: 'trailers' });
  const done = (headers) => { if (headers['grpc-status'] !== undefined) { resolve(headers['grpc-status']); session.destroy(); } };
  call.on('response', done); call.on('trailers', done); call.on('error', () => undefined);
  // Everything, from the start: a frame with ReadReq{options{all{start}, forwards, count 10, no filter, uuid}}.
  const body = Buffer.from('0a1212021200180028013a004202080062020a00', 'hex');
  const frame = Buffer.alloc(5); frame.writeUInt32BE(body.length, 1);
  call.end(Buffer.concat([frame, body]));
});
const postgres = () => new Promise((resolve) => {
  const url = new URL(rows);
  const socket = createConnection(Number(url.port), url.hostname, () => {
    const text = Buffer.from('user\\0' + url.username + '\\0database\\0' + url.pathname.slice(1) + '\\0\\0');
    const head = Buffer.alloc(8); head.writeInt32BE(text.length + 8); head.writeInt32BE(196608, 4);
    socket.write(Buffer.concat([head, text]));
  });
  socket.on('data', (data) => { resolve(String.fromCharCode(data[0]) + data.readInt32BE(5)); socket.destroy(); });
  socket.on('error', (error) => resolve(error.code));
});
console.log(JSON.stringify({ uid: process.getuid(), opened, task: await status('/v1/tasks'), metrics: await status('/metrics'), grpc: await grpc(), postgres: await postgres() }));
`;

const LOCK = /\/(process|launcher|agents)\.lock\.\d+$/;

/** Becoming somebody else takes root, which CI is. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('another user of the machine', () => {
  it('opens no file of the data directory but its locks, also of one that was open before, and is told nothing at any port', async () => {
    const service = await ServiceProcess.unstarted({ SLIPWAY_AUTH: 'tokens' });
    try {
      chmodSync(service.dataDir, 0o755);
      await service.start();
      const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
      const created = await service.post('/v1/tasks', NEW_TASK, {
        authorization: `Bearer ${made.stdout.trim()}`,
      });
      expect(created.status).toBe(201);
      const runtime = (await readRuntime(service.dataDir))!;
      const { host } = new URL(runtime.eventStoreUrl.replace(/^esdb/, 'http'));
      const rows = new URL(runtime.databaseUrl);
      rows.password = '';
      const files = await filesBelow(service.dataDir);
      for (const name of ['runtime.json', 'access.key', 'secret.key'])
        expect(files.some((file) => file.endsWith(`/${name}`))).toBe(true);
      const asked = { files, http: service.url, events: `http://${host}`, rows: rows.href };
      const probe = spawnSync(process.execPath, ['--input-type=module', '-e', PROBE, JSON.stringify(asked)], {
        uid: STRANGER,
        gid: STRANGER,
        cwd: '/',
        env: {},
        encoding: 'utf8',
        timeout: 30_000,
      });
      expect(probe.stderr).toBe('');
      const { opened, ...told } = JSON.parse(probe.stdout) as { opened: string[] };
      // Who holds the directory is said to whoever cannot have it: a process id and its start, nothing else.
      expect(opened.filter((file) => !LOCK.test(file))).toEqual([]);
      for (const file of opened)
        expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object).sort()).toEqual([
          'pid',
          'started',
        ]);
      expect(told).toEqual({
        uid: STRANGER,
        task: 401,
        metrics: 401,
        // 7: permission denied; 16: unauthenticated.
        grpc: expect.stringMatching(/^(7|16)$/),
        // An authentication request (R) for SCRAM (10), not one that says "come in" (0).
        postgres: 'R10',
      });
    } finally {
      await service.dispose();
    }
  });
});
