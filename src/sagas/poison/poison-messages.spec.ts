import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import { seededRandom } from '../../../test/support/random.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { GroupMessage } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { PoisonMessageError, PoisonMessages } from './poison-messages.js';

const BORN = Date.parse('2026-01-02T03:04:05Z');
const STEP_MS = 50;
const HANGS = Infinity;

/** How the handling of a message goes: it ends after so long, or ends the process after so long. */
interface Nature {
  readonly ms: number;
  readonly kills?: boolean;
}
const GOOD: Nature = { ms: 400 };
const POISON: Nature = { ms: 0, kills: true };

/** Messages, and one life of the process after the other that handles them. */
class Lives {
  readonly left = new Map<string, StoredEvent>();
  readonly givenUp: string[] = [];
  readonly natures = new Map<string, Nature>();
  count = 0;
  /** How long the last life has lasted. */
  ms = 0;
  private time = BORN;
  private readonly store = new InMemoryEventStore({ now: () => new Date(this.time) });

  async add(nature: Nature, name = `m-${this.natures.size}`): Promise<StoredEvent> {
    const event = { id: name, type: 'TaskCreated', data: {}, metadata: {} };
    await this.store.append(`task-${name}`, [event], 'no_stream');
    const stored = this.store.log.at(-1)!;
    this.natures.set(name, nature);
    this.left.set(name, stored);
    return stored;
  }

  /** Lives until it is killed, all is done, or the time is over. True when the process was ended by a message. */
  async live(limitMs: number): Promise<boolean> {
    this.count++;
    const clock = new VirtualClock(this.time);
    const messages = new PoisonMessages(this.store, clock);
    let isDead = false;
    const handle = async (event: StoredEvent) => {
      const message: GroupMessage = { event, retryCount: 0, ack: () => {}, park: () => {}, retry: () => {} };
      const effect = async () => {
        if (isDead) return new Promise<void>(() => {});
        const { ms, kills } = this.natures.get(event.id)!;
        if (ms === HANGS) return new Promise<void>(() => {});
        if (ms > 0) await clock.sleep(ms);
        if (kills) isDead = true;
        if (isDead) return new Promise<void>(() => {});
      };
      try {
        await messages.run(message, new AbortController().signal, (run) => run(), effect);
      } catch (error) {
        if (!(error instanceof PoisonMessageError)) throw error;
        this.givenUp.push(event.id);
        this.left.delete(event.id);
        await messages.forget(event.id);
      }
      if (!isDead) this.left.delete(event.id);
    };
    const born = this.time;
    const all = [...this.left.values()].map(handle);
    void Promise.all(all);
    const isOver = () => isDead || this.left.size === 0;
    for (this.ms = 0; this.ms < limitMs && !isOver(); this.ms += STEP_MS) await clock.advance(STEP_MS);
    this.time = born + this.ms + 1_000;
    const endedItself = isDead;
    isDead = true;
    return endedItself;
  }

  /** Lives on until a life goes by without an end; answers how many ended. */
  async untilCalm(limitMs = 120_000): Promise<number> {
    let deaths = 0;
    while (await this.live(limitMs)) if (++deaths > 40) throw new Error('it goes on for ever');
    return deaths;
  }
}

describe('a poison message', () => {
  it.each([1, 2, 3, 12, 64, 300])(
    'is given up, it alone, among %i after few ends of the process',
    async (n) => {
      for (const at of new Set([0, Math.floor(n / 2), n - 1])) {
        const lives = new Lives();
        for (let i = 0; i < n; i++) await lives.add(i === at ? POISON : GOOD);
        const deaths = await lives.untilCalm();
        expect(lives.givenUp).toEqual([`m-${at}`]);
        expect(lives.left.size).toBe(0);
        expect(deaths).toBeLessThanOrEqual(Math.log2(n) + 5);
      }
    },
  );

  it.each([100, 1_000, 4_000])('is found when it needs %i ms to end the process', async (ms) => {
    const lives = new Lives();
    await lives.add({ ms, kills: true }, 'poison');
    await lives.untilCalm();
    expect(lives.givenUp).toEqual(['poison']);
  });

  it('is found beside messages that hang, old and new ones', async () => {
    const lives = new Lives();
    await lives.add(POISON, 'poison');
    for (let n = 0; n < 10; n++) await lives.add({ ms: HANGS });
    for (let n = 0; n < 10; n++) await lives.add(GOOD);
    let deaths = 0;
    for (; await lives.live(60_000); deaths++) {
      expect(deaths).toBeLessThan(20);
      await lives.add({ ms: HANGS });
    }
    expect(lives.givenUp).toEqual(['poison']);
    expect([...lives.left.keys()].every((id) => lives.natures.get(id)!.ms === HANGS)).toBe(true);
  });

  it('is found beside another', async () => {
    const lives = new Lives();
    for (let n = 0; n < 20; n++) await lives.add(n === 3 || n === 17 ? POISON : GOOD);
    const deaths = await lives.untilCalm();
    expect(lives.givenUp.sort()).toEqual(['m-17', 'm-3']);
    expect(lives.left.size).toBe(0);
    expect(deaths).toBeLessThanOrEqual(2 * (Math.log2(20) + 5));
  });
});

describe('kills from outside', () => {
  it('condemn nobody, in any number, and all is through a few seconds after the last', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const lives = new Lives();
      for (let n = 0; n < 300; n++) await lives.add(GOOD);
      for (let kill = 0; kill < 9; kill++) await lives.live(200 + Math.floor(random() * 900));
      await lives.live(60_000);
      expect(lives.left.size).toBe(0);
      expect(lives.ms).toBeLessThanOrEqual(6_000);
      expect(lives.givenUp).toEqual([]);
    }
  });

  it('condemn not even those who hang', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const lives = new Lives();
      for (let n = 0; n < 1 + (seed % 4); n++) await lives.add({ ms: HANGS });
      for (let kill = 0; kill < 30; kill++) {
        const isSoon = random() < 0.5;
        await lives.live(isSoon ? 200 + Math.floor(random() * 900) : 11_000 + Math.floor(random() * 9_000));
        await lives.add(GOOD);
      }
      expect(lives.givenUp).toEqual([]);
    }
  });
});
