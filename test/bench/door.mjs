// One client floods the service with all that it has; meanwhile others create tasks and read them. Printed is what the others
// wait, in quiet and in the flood of the same run, and what became of the flood.
import { execFile } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { quantile } from './load.mjs';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

const CLI = join(import.meta.dirname, '../../dist/cli/slipway.js');
const REQUEST = { task: 'fix: measure', repoRemote: 'https://git.example.com/bench/repo.git' };
const OTHERS = 4;
/** Each of the others asks so often, and rests so long between two requests, in milliseconds. */
const ROUNDS = 10;
const REST_MS = 20;
/** Requests of the flood that are under way at any time. */
const FLOOD = 64;

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

/** Resolves with status, body and milliseconds. */
function ask(url, token, method, path, body) {
  const begun = performance.now();
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${path}`, { method, agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (answer += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: JSON.parse(answer), ms: performance.now() - begun }),
      );
    });
    request.on('error', reject);
    request.end(text);
  });
}

async function rootToken(service) {
  const env = { ...process.env, SLIPWAY_DATA_DIR: service.dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'tokens', 'bootstrap'], { env });
  const token = stdout.trim();
  while ((await ask(service.url, token, 'GET', '/v1/me')).status !== 200) await pause(50);
  return token;
}

/** What the others wait for a create and for a read, in milliseconds, and what failed. */
async function othersWait(service, tokens) {
  const waits = { create: [], read: [], failed: [] };
  await Promise.all(
    tokens.map(async (token) => {
      for (let round = 0; round < ROUNDS; round++) {
        const created = await ask(service.url, token, 'POST', '/v1/tasks', REQUEST);
        const read = await ask(service.url, token, 'GET', '/v1/tasks?limit=20');
        for (const [kind, { status, body, ms }] of Object.entries({ create: created, read })) {
          waits[kind].push(ms);
          if (status >= 400) waits.failed.push(`${kind} ${status} ${body.code}`);
        }
        await pause(REST_MS);
      }
    }),
  );
  return waits;
}

/** Floods until the returned function is called, which resolves with how often each status was answered. */
function flood(service, token) {
  let isOver = false;
  const answers = {};
  const streams = Array.from({ length: FLOOD }, async (_, index) => {
    while (!isOver) {
      const { status } =
        index % 2 === 0
          ? await ask(service.url, token, 'POST', '/v1/tasks', REQUEST)
          : await ask(service.url, token, 'GET', '/v1/tasks?limit=200');
      answers[status] = (answers[status] ?? 0) + 1;
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(streams);
    return answers;
  };
}

const service = await SlipwayUnderTest.create({ SLIPWAY_AUTH: 'tokens' });
try {
  const root = await rootToken(service);
  const tokenOf = async (workspaceId) => {
    const wish = { name: 'bench', role: 'member', workspaceId };
    return (await ask(service.url, root, 'POST', '/v1/tokens', wish)).body.token;
  };
  const others = [];
  for (let other = 0; other < OTHERS; other++) others.push(await tokenOf(`other-${other}`));
  const one = await tokenOf('flood');
  await othersWait(service, others); // What is warm now is warm in both.
  const quiet = await othersWait(service, others);
  const begun = performance.now();
  const stop = flood(service, one);
  let answers;
  const flooded = await othersWait(service, others).finally(async () => (answers = await stop()));
  const seconds = (performance.now() - begun) / 1_000;

  const ms = (value) => value.toFixed(1).padStart(8);
  console.log('others wait, ms     quiet p50      p99   flood p50      p99   flood / quiet, p99');
  for (const kind of ['create', 'read']) {
    const [q, f] = [quiet[kind], flooded[kind]];
    const ratio = quantile(f, 0.99) / quantile(q, 0.99);
    console.log(
      `${kind.padEnd(18)} ${ms(quantile(q, 0.5))} ${ms(quantile(q, 0.99))}    ${ms(quantile(f, 0.5))} ${ms(quantile(f, 0.99))}   ${ratio.toFixed(2)}`,
    );
  }
  for (const [name, { failed }] of Object.entries({ quiet, flood: flooded }))
    console.log(
      `of the others' ${2 * OTHERS * ROUNDS} requests in ${name} failed: ${failed.length} ${[...new Set(failed)].join(', ')}`,
    );
  const told = Object.entries(answers).map(([status, count]) => `${status}: ${Math.round(count / seconds)}`);
  console.log(`the flood, ${FLOOD} at a time, was answered so often a second: ${told.join(', ')}`);
} finally {
  agent.destroy();
  await service.dispose();
}
