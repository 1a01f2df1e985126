import { it } from '@jest/globals';
import { livesThroughDeaths } from './deaths.js';

/** `SEED=4711` runs that one alone and prints what happened. */
const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const last = process.env.SEEDS === undefined ? 60 : Math.ceil(Number(process.env.SEEDS) / 10);
const seeds = only === undefined ? Array.from({ length: last }, (_, n) => n + 1) : [only];

it('innocents come through whatever ends the process, and what ends it always says so in its task', async () => {
  for (const seed of seeds) {
    const { violations, trace } = await livesThroughDeaths(seed);
    if (only !== undefined) console.log(trace.join('\n'));
    if (violations.length > 0)
      throw new Error(
        [`seed ${seed}:`, ...violations, `SEED=${seed} npm run -s jest -- test/simulation/deaths`].join('\n'),
      );
  }
}, 300_000);
