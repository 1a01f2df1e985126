import { expect, it } from '@jest/globals';
import { simulateSessions } from './session-simulation.js';

/** `SEEDS=10000` runs those up to 10,000, `npm test` a few hundred; `SEED=4711` replays one and prints what happened. */
const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const LAST = Number(process.env.SEEDS ?? 200);

if (only !== undefined) {
  it(`the sessions of seed ${only}`, async () => {
    const { violations, trace } = await simulateSessions(only, true);
    console.log(trace.join('\n'));
    expect(violations).toEqual([]);
  });
} else {
  it(`sessions of the seeds up to ${LAST} lose nothing, do nothing twice, and come to rest`, async () => {
    for (let seed = 1; seed <= LAST; seed++) {
      const { violations } = await simulateSessions(seed);
      if (violations.length === 0) continue;
      const replay = `replay it with: SEED=${seed} npm run test:simulation`;
      throw new Error([`seed ${seed}:`, ...violations, replay].join('\n'));
    }
  }, 1_800_000);
}
