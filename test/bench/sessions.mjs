// npm run bench:sessions: what sessions cost on this machine. Durable settings, embedded stores. The turn of many chunks and
// the live pieces come from the mock agent behind a real agent server; sessions that only lie open are simulated, so that
// what is measured is the service and not so many agents.
import { EventStoreDBClient } from '@eventstore/db-client';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { inFlight, post, quantile } from './load.mjs';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

const CHUNKS = 5_000;
const IDLE = 200;
const OPEN = 500;
const ENTRIES = 10_000;
const PIECES = 200;
const READS = 20;
const REMOTE = 'https://git.example.com/bench/repo.git';

/** Rows of what was measured and its bar. */
export async function measureSessions() {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-git-'));
  const service = await SlipwayUnderTest.create({
    SLIPWAY_PROVIDERS: 'simulated,local',
    SLIPWAY_LOCAL_REPO_ROOTS: folder,
  });
  try {
    const idle = await openSessions(service, IDLE);
    const live = await localTask(service, makeRepository(folder));
    const turn = await costOfTurn(service, live);
    const deltas = await livePieces(service, live);
    await post(service.url, `/v1/tasks/${live.taskId}/kill`, {});
    await until(async () => (await get(service, `/v1/tasks/${live.taskId}`)).status === 'killed');
    const long = await longTranscript(service, idle[0]);
    await openSessions(service, OPEN - IDLE);
    const memory = service.memoryMb();
    return [
      [`stored events of a turn of ${CHUNKS} chunks`, String(turn.events), '60'],
      ['… chunks of the transcript, in order', turn.isWhole ? 'all' : 'NOT ALL', 'all'],
      [`live piece, agent to socket, p50 beside ${IDLE} idle sessions`, ms(quantile(deltas, 0.5)), '50.0 ms'],
      ['… p99', ms(quantile(deltas, 0.99)), ''],
      [`end of a transcript of ${long.entries} entries over HTTP, p50`, ms(long.p50), '300.0 ms'],
      [`memory of service and stores (PSS), ${OPEN} open sessions`, `${memory.toFixed(0)} MB`, '1024 MB'],
    ];
  } finally {
    await service.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tasks of the simulated provider whose sessions are open and at rest. */
async function openSessions(service, count) {
  const tasks = [];
  await inFlight(count, 16, async () =>
    tasks.push((await post(service.url, '/v1/tasks', { task: '!say ready', repoRemote: REMOTE })).body),
  );
  for (const task of tasks) await atRest(service, task);
  return tasks;
}

function makeRepository(folder) {
  const path = join(folder, 'shop');
  const git = (...args) => execFileSync('git', args, { stdio: 'pipe' });
  git('init', '-q', '-b', 'main', path);
  const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com'];
  git('-C', path, ...author, 'commit', '-q', '--allow-empty', '-m', 'begin');
  return path;
}

async function localTask(service, repoRemote) {
  const { body } = await post(service.url, '/v1/tasks', {
    task: '!say ready',
    repoRemote,
    providerId: 'local',
  });
  await atRest(service, body);
  return body;
}

/** A turn at the pace of a fast model, counted in the session's stream. */
async function costOfTurn(service, task) {
  const before = (await eventsOf(service, task)).length;
  await ask(service, task, `!flood ${CHUNKS}`);
  const events = (await eventsOf(service, task)).slice(before);
  const text = events.flatMap(({ type, data }) => (type === 'AgentSaid' ? [data.text] : [])).join('');
  const expected = Array.from({ length: CHUNKS }, (_, i) => `<${i + 1}>`).join('');
  return { events: events.length, isWhole: text === expected };
}

async function eventsOf(service, { sessionId }) {
  const client = EventStoreDBClient.connectionString(service.runtime.eventStoreUrl);
  const events = [];
  for await (const { event } of client.readStream(`session-${sessionId}`)) events.push(event);
  await client.dispose();
  return events;
}

/** Milliseconds from the moment at which the agent writes the time until the piece with it is here. */
async function livePieces(service, task) {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/v1/live`);
  const times = [];
  const subscribed = new Promise((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.event === 'subscribed') resolve();
      if (frame.event !== 'delta') return;
      for (const [, at] of frame.data.text.matchAll(/<(\d{13}(?:\.\d+)?)>/g))
        times.push(performance.timeOrigin + performance.now() - Number(at));
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ event: 'subscribe', data: { topic: `session:${task.sessionId}` } }));
  await subscribed;
  // What is stored already comes first; pieces come to those who are up to date.
  await pause(500);
  await ask(service, task, `!clock ${PIECES}`);
  socket.close();
  if (times.length < PIECES * 0.9) throw new Error(`only ${times.length} of ${PIECES} pieces came`);
  return times;
}

/** Turns until the transcript is long, and how soon a client that asks for its end has it. */
async function longTranscript(service, task) {
  const turn = Array.from({ length: 200 }, (_, i) => `!say line ${i}\n!think of ${i}`).join('\n');
  let entries = 0;
  while (entries < ENTRIES) {
    await ask(service, task, turn);
    entries = (await eventsOf(service, task)).length;
  }
  const path = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}/transcript?before=end&limit=200`;
  await until(async () => (await get(service, path)).items.at(-1)?.kind === 'turn_ended');
  const times = [];
  for (let i = 0; i < READS; i++) {
    const begun = performance.now();
    const { items } = await get(service, path);
    times.push(performance.now() - begun);
    if (items.at(-1).kind !== 'turn_ended') throw new Error('this is not the end');
  }
  return { entries, p50: quantile(times, 0.5) };
}

async function ask(service, task, text) {
  const { taskId, sessionId } = task;
  const { status, body } = await post(service.url, `/v1/tasks/${taskId}/sessions/${sessionId}/prompts`, {
    text,
  });
  if (status !== 202) throw new Error(`a prompt was answered ${status}`);
  const path = `/v1/tasks/${taskId}/sessions/${sessionId}/prompts`;
  await until(async () => {
    const { items } = await get(service, path);
    return items.find(({ promptId }) => promptId === body.promptId)?.state === 'done';
  });
}

const atRest = (service, { taskId }) =>
  until(async () => (await get(service, `/v1/tasks/${taskId}`)).activity === 'idle');

const get = async (service, path) => {
  const answer = await fetch(`${service.url}${path}`);
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${body.detail}`);
  return body;
};

async function until(isSo) {
  while (!(await isSo())) await pause(20);
}

const pause = (delay) => new Promise((resolve) => setTimeout(resolve, delay));
const ms = (value) => `${value.toFixed(1)} ms`;

/** Prints the rows, each with its bar. */
export function reportSessions(rows) {
  const all = [['sessions', '', 'bar'], ...rows];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  console.log('');
  for (const row of all)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) reportSessions(await measureSessions());
