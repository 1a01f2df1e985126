import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Clock } from '../platform/clock.js';
import { Feed } from '../projections/feed/feed.js';
import type { WorkspaceEvents, WorkspaceEventWish } from '../projections/queries/workspace-events.js';
import { until } from '../../test/support/until.js';
import { Courier, type CourierParts } from './courier.js';
import type { Deliverer } from './deliverer.js';
import type { Message } from './message.js';
import { startingAt, type Attempt, type Progress } from './progress.js';
import type { WebhookRows } from './webhook-rows.js';
import type { Webhook } from './webhook-state.js';

const ID = '2f0c4a8e-6a55-4a55-9a55-0123456789ab';
const NOW = '2026-11-27T10:00:00.000Z';
const HOOK: Webhook = {
  webhookId: ID,
  workspaceId: 'acme',
  url: 'https://example.com/',
  types: null,
  status: 'active',
  reason: null,
  createdAt: NOW,
  changedAt: NOW,
};
/** Time stands still and no wait takes any. */
const CLOCK: Clock = {
  now: () => new Date(NOW),
  after: () => () => undefined,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

/** A log of events at the positions 1, 2, …, and a receiver that answers as it is told. */
class World {
  progress: Progress | undefined = startingAt('0');
  readonly sent: string[] = [];
  readonly givenUp: string[] = [];
  /** The next answers; then everything is taken. */
  readonly failures: number[] = [];
  /** Runs while a message is on its way. */
  onTheWay: () => void = () => undefined;
  private active = true;
  private readonly feed = new Feed();
  private readonly stop = new AbortController();
  private readonly courier: Courier;
  private readonly run: Promise<void>;

  constructor(events: number, { progress = startingAt('0') }: { progress?: Progress | null } = {}) {
    this.progress = progress ?? undefined;
    this.feed.start(BigInt(events));
    this.courier = new Courier(ID, this.parts(events));
    this.run = this.courier.run(this.stop.signal);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.run;
  }

  wake(): void {
    this.courier.wake();
  }

  private parts(events: number): CourierParts {
    return {
      rows: {
        progress: async () => new Map(this.progress === undefined ? [] : [[ID, this.progress]]),
        restart: async (_: string, position: string) => void (this.progress = startingAt(position)),
        advance: async (_: string, from: string, to: string) => {
          if (this.progress?.position === from) this.progress = { ...this.progress, position: to };
        },
        settle: async (_: string, from: string, next: Progress) => {
          const isThere = this.progress?.position === from;
          // Nobody waits for the time of the next attempt here.
          if (isThere) this.progress = { ...next, nextAttemptAt: null };
          return isThere;
        },
      } as Partial<WebhookRows> as WebhookRows,
      events: {
        page: async ({ after }: WorkspaceEventWish) => {
          const begin = Number(after) + 1;
          const positions = [begin, begin + 1].filter((position) => position <= events);
          const through = String(positions.at(-1) ?? after);
          return { events: positions.map(eventAt), through, more: Number(through) < events };
        },
      } as Partial<WorkspaceEvents> as WorkspaceEvents,
      deliverer: {
        attempt: async (_: Webhook, { position }: Message): Promise<Attempt> => {
          this.sent.push(position!);
          this.onTheWay();
          const status = this.failures.shift() ?? 200;
          return { at: NOW, durationMs: 0, status, error: status === 200 ? null : `answered ${status}` };
        },
      } as Partial<Deliverer> as Deliverer,
      feed: this.feed,
      policy: { firstMs: 1, capMs: 1, giveUpMs: 1_000 },
      clock: CLOCK,
      random: () => 0,
      log: pino({ enabled: false }),
      current: () => (this.active ? HOOK : undefined),
      giveUp: async (_, reason) => {
        this.active = false;
        this.givenUp.push(reason);
      },
    };
  }
}

const eventAt = (position: number) => ({
  taskId: '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e',
  eventId: `6e0b1a52-52f0-4c4b-a51c-${String(position).padStart(12, '0')}`,
  item: {
    position: String(position),
    revision: position,
    type: 'TaskNamed',
    time: NOW,
    data: {},
    metadata: {},
  },
});

describe('a courier', () => {
  const inWorld = async (world: World, what: () => Promise<void>) => {
    try {
      await what();
    } finally {
      await world.end();
    }
  };
  const hasTaken = (world: World, position: string) =>
    until(`position ${position}`, 10_000, () => world.progress?.position === position);

  it('delivers all there is in order, page by page', () => {
    const world = new World(5);
    return inWorld(world, async () => {
      await hasTaken(world, '5');
      expect(world.sent).toEqual(['1', '2', '3', '4', '5']);
    });
  });

  it('sends nothing that follows before what comes first is taken', () => {
    const world = new World(3);
    world.failures.push(500, 503);
    return inWorld(world, async () => {
      await until('the retries', 10_000, () => (world.wake(), world.progress?.position === '3'));
      expect(world.sent).toEqual(['1', '1', '1', '2', '3']);
    });
  });

  it('goes where a replay has put it, also where that came while a message was on its way', () => {
    const world = new World(4);
    let replays = 0;
    world.onTheWay = () => {
      if (world.sent.at(-1) === '3' && replays++ === 0) world.progress = startingAt('1');
    };
    return inWorld(world, async () => {
      await hasTaken(world, '4');
      expect(world.sent).toEqual(['1', '2', '3', '2', '3', '4']);
    });
  });

  it('begins anew where nobody knows how far it had got', () => {
    const world = new World(2, { progress: null });
    return inWorld(world, async () => {
      await hasTaken(world, '2');
      expect(world.sent).toEqual(['1', '2']);
    });
  });

  it('sends nothing more when it is given up', () => {
    const world = new World(3);
    world.failures.push(200, 410);
    return inWorld(world, async () => {
      await until('the end', 10_000, () => world.givenUp.length > 0);
      world.wake();
      expect(world.sent).toEqual(['1', '2']);
      expect(world.progress).toMatchObject({ position: '1', failures: 1 });
    });
  });
});
