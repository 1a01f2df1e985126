// How long a start takes on a data directory that has been used: after kill -9, a fresh process until /health/ready
// says yes. Beside it the floor: a process of the same Node that does nothing. `node test/bench/start-times.mjs` alone.
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inFlight, post, quantile } from './load.mjs';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

const STARTS = 5;
const TASKS = 50;

/** Medians in milliseconds, of STARTS each, taken in turns so that both meet the same machine. */
export async function measureStarts() {
  const service = await SlipwayUnderTest.create();
  await inFlight(TASKS, 8, () =>
    post(service.url, '/v1/tasks', {
      task: 'fix: measure',
      repoRemote: 'https://git.example.com/bench/repo.git',
    }),
  );
  const floors = [];
  const starts = [];
  for (let i = 0; i < STARTS; i++) {
    await service.kill();
    floors.push(await emptyProcess());
    starts.push(await service.start());
  }
  await service.dispose();
  return { floor: quantile(floors, 0.5), start: quantile(starts, 0.5), starts };
}

function emptyProcess() {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', () => resolve(performance.now() - begun));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { floor, start, starts } = await measureStarts();
  const [load] = loadavg();
  console.log(
    `Node ${process.version}: start to ready after kill -9 ${start.toFixed(0)} ms ` +
      `(${starts.map((ms) => ms.toFixed(0)).join(', ')}), node -e 0 ${floor.toFixed(0)} ms, load ${load.toFixed(1)}`,
  );
}
