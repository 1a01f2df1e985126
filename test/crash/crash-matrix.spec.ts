import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TASK_POINTS, type TracePoint } from '../../src/platform/trace-points.js';
import { createSimulatedProvider } from '../../src/providers/simulated/simulated-provider.js';
import { seededRandom } from '../support/random.js';
import { patiently } from '../support/until.js';
import { CrashRounds } from './crash-rounds.js';

/**
 * kill -9 at every named place, again and again (`CRASH_KILLS`, by default once at each): afterwards every
 * accepted task is at its end, with one sandbox and one session where it lives and none where it does not.
 */
const KILLS = Number(process.env.CRASH_KILLS ?? TASK_POINTS.length);
const SEED = Number(process.env.SEED ?? 1);
const ROUND_LIMIT_MS = 60_000;

const random = seededRandom(SEED);
const results = new Map<TracePoint, { kills: number; reached: number; slowestMs: number }>();
let rounds: CrashRounds;

beforeAll(async () => {
  rounds = await CrashRounds.begin(random);
});
afterAll(() => rounds.dispose());

const plan = Array.from({ length: KILLS }, (_, i) => ({
  point: TASK_POINTS[i % TASK_POINTS.length]!,
  passes: 1 + Math.floor(random() * (i < TASK_POINTS.length ? 3 : 6)),
}));

it.each(plan)(
  'survives a kill at $point, passage $passes',
  async ({ point, passes }) => {
    const { reached, recoveryMs } = await rounds.round(point, passes);
    const result = results.get(point) ?? { kills: 0, reached: 0, slowestMs: 0 };
    results.set(point, {
      kills: result.kills + 1,
      reached: result.reached + Number(reached),
      slowestMs: Math.max(result.slowestMs, Math.round(recoveryMs)),
    });
  },
  ROUND_LIMIT_MS,
);

it('has every sandbox that it should have, and no other', async () => {
  await rounds.finish(async (file) => {
    const provider = createSimulatedProvider({ file });
    try {
      return await provider.listSandboxes(AbortSignal.timeout(patiently(10_000)));
    } finally {
      await provider.close();
    }
  });
  const rows = [...results].map(([point, r]) => ({ 'crash point': point, ...r }));
  process.stdout.write(`\nseed ${SEED}, ${KILLS} kills; reached: killed at the point itself\n`);
  console.table(rows);
  // A point that nobody ever reaches is no crash point.
  expect(rows.filter(({ reached }) => reached === 0).map((row) => row['crash point'])).toEqual([]);
});
