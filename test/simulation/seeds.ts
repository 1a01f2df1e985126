import { expect, it } from '@jest/globals';
import { simulate } from './simulation.js';

/**
 * The seeds from `first` on, every second one: there are two files of them, so that two cores share the work.
 * `SEEDS=10000` runs those up to 10,000 (`npm run test:simulation`), `npm test` a few hundred;
 * `SEED=4711 npm run test:simulation` replays one and prints what happened.
 */
export function livesOfSeedsFrom(first: 1 | 2): void {
  const only = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
  if (only !== undefined) {
    const isOurs = only % 2 === first % 2;
    (isOurs ? it : it.skip)(`the life of seed ${only}`, async () => {
      const { violations, trace } = await simulate(only, true);
      console.log(trace.join('\n'));
      expect(violations).toEqual([]);
    });
    return;
  }
  const last = Number(process.env.SEEDS ?? 500);
  it(`every second life from seed ${first} to ${last} ends as its history demands`, async () => {
    const started = performance.now();
    let [lives, events, effects] = [0, 0, 0];
    for (let seed = first as number; seed <= last; seed += 2) {
      const report = await simulate(seed);
      lives++;
      events += report.events;
      effects += report.effects;
      if (report.violations.length === 0) continue;
      const replay = `replay it with: SEED=${seed} npm run test:simulation`;
      throw new Error([`seed ${seed}:`, ...report.violations, replay].join('\n'));
    }
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    if (process.env.SEEDS !== undefined) {
      console.log(`${lives} seeds, ${events} events, ${effects} effects in ${seconds} s`);
    }
  }, 600_000);
}
