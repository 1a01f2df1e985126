import { seededRandom } from '../support/random.js';

/** What may go wrong, each as a probability from 0 to 1 for every occasion. */
interface Odds {
  /** An append that is refused before it was stored, whose answer is lost after it was stored, or that is stored long after its writer gave up. */
  readonly appendBefore: number;
  readonly appendAfter: number;
  readonly appendLater: number;
  readonly read: number;
  /** A message that is delivered twice although it was acknowledged. */
  readonly duplicate: number;
  /** A provider's call that fails for a while, fails although its effect is done, is refused for good, … */
  readonly fail: number;
  readonly failAfter: number;
  readonly refuse: number;
  /** … hangs until it is stopped, does not even notice that, or does its work long after. */
  readonly hang: number;
  readonly deaf: number;
  readonly late: number;
  readonly bug: number;
}

/**
 * Everything that is left to chance in one simulation, and how rough it is: all of it follows from the
 * seed. Once it is calm nothing goes wrong any more, and everything has to come to its end.
 */
export class Weather {
  calm = false;
  readonly random: () => number;
  /** How far messages may overtake each other, in milliseconds. */
  readonly disorderMs: number;
  private readonly odds: Odds;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    // mulberry32's first numbers of neighbouring seeds are alike.
    for (let n = 0; n < 4; n++) this.random();
    const roughness = this.pick([0, 0.02, 0.05, 0.15]);
    const odd = (most: number) => (this.random() < 0.5 ? 0 : Math.min(most, roughness * 2 * this.random()));
    this.disorderMs = this.pick([0, 5, 500]);
    this.odds = {
      appendBefore: odd(0.3),
      appendAfter: odd(0.3),
      appendLater: odd(0.2),
      read: odd(0.2),
      duplicate: odd(0.3),
      fail: odd(0.3),
      failAfter: odd(0.3),
      refuse: odd(0.03),
      hang: odd(0.2),
      deaf: odd(0.1),
      late: odd(0.2),
      bug: odd(0.1),
    };
  }

  /** Whether it goes wrong this time. */
  strikes(what: keyof Odds): boolean {
    const number = this.random();
    return !this.calm && number < this.odds[what];
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from `from` up to `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)]!;
  }
}
