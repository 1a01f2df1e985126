import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doubled } from './ledger.js';
import { OutsideStores } from './outside-stores.js';
import { ServiceProcess } from './service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

/** Replicas of the service on the same stores and the same simulated sandboxes, each with a data directory of its own. */
export class Replicas {
  readonly all: ServiceProcess[] = [];

  private constructor(
    readonly stores: OutsideStores,
    private readonly dir: string,
    private readonly env: Record<string, string>,
  ) {}

  /** Starts the stores. @param env for every replica */
  static async prepare(env: Record<string, string> = {}): Promise<Replicas> {
    const dir = await mkdtemp(join(tmpdir(), 'slipway-replicas-'));
    return new Replicas(await OutsideStores.start(), dir, env);
  }

  get ledger(): string {
    return join(this.dir, 'ledger');
  }

  async add(env: Record<string, string> = {}): Promise<ServiceProcess> {
    const replica = await ServiceProcess.start({
      ...this.stores.settings,
      SLIPWAY_SIMULATED_FILE: join(this.dir, 'sandboxes'),
      SLIPWAY_SIMULATED_LEDGER: this.ledger,
      ...this.env,
      ...env,
    });
    this.all.push(replica);
    return replica;
  }

  /** Creates tasks, in turn at each of the replicas; resolves with their ids. */
  async create(count: number, at: readonly ServiceProcess[] = this.all): Promise<string[]> {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        at[i % at.length]!.post('/v1/tasks', { task: `task ${i}`, repoRemote: REMOTE }),
      ),
    );
    const refused = answers.find(({ status }) => status !== 201);
    if (refused) throw new Error(`A create was answered ${refused.status}: ${JSON.stringify(refused.body)}`);
    return answers.map(({ body }) => body.taskId);
  }

  /** Waits until all the tasks are running, as the replica tells. */
  async running(taskIds: readonly string[], at: ServiceProcess, limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    for (const taskId of taskIds)
      await at.waitForStatus(taskId, 'running', Math.max(0, deadline - performance.now()));
  }

  /** The effects that were carried out more than once. */
  get doubled(): string[] {
    return doubled(this.ledger);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.dispose()));
    await this.stores.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}
