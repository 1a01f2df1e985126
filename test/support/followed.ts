import type { LinkStatus, SlipwayClient, SlipwayError, TaskRecord, Topic } from '@slipway/client';
import { until } from './until.js';

/** A topic as a program sees it that follows it with the client: every update, and how the connection was. */
export class Followed {
  readonly tasks: TaskRecord[] = [];
  readonly links: LinkStatus[] = [];
  resets = 0;
  private refusal?: SlipwayError;

  constructor(
    private readonly client: SlipwayClient,
    topic: Topic,
    after?: string,
  ) {
    client.live.onStatus(() => this.links.push(client.live.getStatus()));
    const follower = {
      task: (task: TaskRecord) => void this.tasks.push(task),
      reset: () => void this.resets++,
      refused: (error: SlipwayError) => void (this.refusal = error),
    };
    client.live.follow(topic, follower, { after });
  }

  get positions(): bigint[] {
    return this.tasks.map(({ position }) => BigInt(position));
  }

  /** Waits for an update that came or will come. */
  async sees(what: string, holds: (task: TaskRecord) => boolean, limitMs = 20_000): Promise<TaskRecord> {
    await until(
      () => `${what} among ${JSON.stringify(this.tasks).slice(-2_000)}`,
      limitMs,
      () => {
        if (this.refusal) throw this.refusal;
        return this.tasks.some(holds);
      },
    );
    return this.tasks.find(holds)!;
  }

  /** Waits until the connection is so. */
  is(phase: LinkStatus['phase'], limitMs = 20_000): Promise<void> {
    const now = () => this.client.live.getStatus();
    return until(
      () => `a connection that is ${phase}, not ${JSON.stringify(now())}`,
      limitMs,
      () => now().phase === phase,
    );
  }

  /** Ends the client's connection. */
  stop(): void {
    this.client.close();
  }
}
