import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TracePoint } from '../../src/platform/trace-points.js';
import type { TaskRecord, SessionRecord } from '../../src/events/task/task-record.js';
import { doubled } from '../support/ledger.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';
/** A point that is not passed often enough within this time is not waited for any longer: the kill is ours then. */
const REACH_LIMIT_MS = 1_500;
const RECOVERY_LIMIT_MS = 20_000;

type Fate = 'running' | 'killed' | 'archived' | 'sleeping';

/**
 * Rounds of: arm a crash point, create tasks and give commands until the service kills itself there, start
 * it again, wait for every task's end, look for what is missing, orphaned or doubled.
 */
export class CrashRounds {
  private readonly fates = new Map<string, Fate>();

  private constructor(
    private readonly service: ServiceProcess,
    private readonly crashFile: string,
    private readonly ledger: string,
    private readonly random: () => number,
  ) {}

  static async begin(random: () => number): Promise<CrashRounds> {
    const service = await ServiceProcess.start({ LOG_LEVEL: 'warn' });
    const crashFile = join(service.dataDir, 'crash');
    const ledger = join(service.dataDir, 'ledger');
    await service.stop();
    const rounds = new CrashRounds(service, crashFile, ledger, random);
    await rounds.startService();
    return rounds;
  }

  private startService(): Promise<void> {
    return this.service.start({ CRASH_FILE: this.crashFile, SLIPWAY_SIMULATED_LEDGER: this.ledger });
  }

  /** One kill. Resolves with whether the service reached the point by itself; rejects when anything is wrong after it. */
  async round(point: TracePoint, passes: number): Promise<{ reached: boolean; recoveryMs: number }> {
    const { service } = this;
    // A round that failed may have left it dead: the next one is to tell about itself.
    if (await service.exitsWithin(0)) await this.startService();
    await writeFile(this.crashFile, `${point} ${passes}`);
    process.kill(service.pid, 'SIGUSR2');
    await until('the crash point to be armed', 5_000, () => !existsSync(this.crashFile));

    const accepted = await this.work();
    const reached = await service.exitsWithin(REACH_LIMIT_MS);
    if (!reached) await service.kill();

    const begun = performance.now();
    await this.startService();
    await this.end(accepted);
    return { reached, recoveryMs: performance.now() - begun };
  }

  /** Creates four tasks with different fates. What the service answered before it died is what it has to keep. */
  private async work(): Promise<Map<string, Fate>> {
    const accepted = new Map<string, Fate>();
    const ways = ['killed', 'archived', 'sleeping'] as const;
    const fates: Fate[] = ['running', 'running', ways[Math.floor(this.random() * ways.length)]!, 'running'];
    await Promise.all(
      fates.map(async (fate, index) => {
        const created = await this.tryPost<TaskRecord>('/v1/tasks', {
          task: `crash ${index}`,
          repoRemote: REMOTE,
          ...(fate === 'sleeping' && { idleStopAfter: 1 }),
        });
        if (created === null) return;
        accepted.set(created.taskId, fate);
        if (index === 3) await this.tryPost<SessionRecord>(`/v1/tasks/${created.taskId}/sessions`, {});
        if (fate === 'running' || fate === 'sleeping') return;
        await new Promise((resolve) => setTimeout(resolve, this.random() * 60));
        await this.tryPost(`/v1/tasks/${created.taskId}/${fate === 'killed' ? 'kill' : 'archive'}`, {});
      }),
    );
    return accepted;
  }

  /** Null when the service is gone: then nothing was promised. */
  private async tryPost<T>(path: string, body: object): Promise<T | null> {
    try {
      const answer = await this.service.post<T>(path, body);
      if (answer.status >= 400)
        throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    } catch (error) {
      // fetch's own error comes from another realm: no instanceof.
      if ((error as Error).name === 'TypeError') return null;
      throw error;
    }
  }

  /** Every accepted task reaches its end; a command whose answer was lost is simply given again. */
  private async end(accepted: Map<string, Fate>): Promise<void> {
    for (const [taskId, fate] of accepted) {
      if (fate === 'killed') await this.tryPost(`/v1/tasks/${taskId}/kill`, {});
      if (fate === 'archived') await this.tryPost(`/v1/tasks/${taskId}/archive`, {});
      const ready = ({ status, sessions }: TaskRecord) =>
        status === fate && (fate !== 'running' || sessions.every(({ state }) => state === 'ready'));
      await this.service.waitForTask(taskId, ready, RECOVERY_LIMIT_MS);
      this.fates.set(taskId, fate);
    }
    const twice = doubled(this.ledger).filter((entry) => !this.isFurtherSession(entry));
    if (twice.length > 0) throw new Error(`effects done twice: ${twice.join(', ')}`);
  }

  /** A task with a further session has two executions of stage 3. */
  private isFurtherSession(entry: string): boolean {
    return entry.endsWith(' 3 ×2');
  }

  /** Ends the service and compares, once more, what was promised with what the provider has. */
  async finish(
    listLiveSandboxes: (file: string) => Promise<{ taskId: string; running: boolean }[]>,
  ): Promise<void> {
    const exitCode = await this.service.stop();
    // Cut short or not, nothing may be lost; a shutdown in good order has its own tests.
    if (exitCode !== 0) console.warn(`the shutdown was cut short:\n${this.service.log.slice(-3_000)}`);
    const file = join(this.service.dataDir, 'simulated', 'sandboxes');
    const live = new Set(
      (await listLiveSandboxes(file)).filter(({ running }) => running).map(({ taskId }) => taskId),
    );
    const wanted = new Set(
      [...this.fates].filter(([, fate]) => fate === 'running').map(([taskId]) => taskId),
    );
    const missing = [...wanted].filter((taskId) => !live.has(taskId));
    const orphans = [...live].filter((taskId) => this.fates.has(taskId) && !wanted.has(taskId));
    if (missing.length + orphans.length > 0) {
      throw new Error(
        `missing sandboxes: ${missing.join(', ') || 'none'}; orphans: ${orphans.join(', ') || 'none'}`,
      );
    }
  }

  dispose(): Promise<void> {
    return this.service.dispose();
  }
}
