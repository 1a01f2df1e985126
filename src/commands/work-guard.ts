import { Inject, Injectable } from '@nestjs/common';
import { reasonOf } from '../platform/reason.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { UnpushedWork } from '../providers/sandbox-provider.js';
import { CommandRefusedError } from './command-refused.js';
import { type CommandContext, TaskExecutor } from './executor.js';

/** The longest that a look may take: people wait for it. */
const LIMIT_MS = 15_000;

const WAYS = {
  kill: 'Push it first, or kill with `keepBranch: true` to keep it, or with `discardChanges: true` to give it up.',
  archive:
    'Push it first, or archive with `discardChanges: true`: the files stay with the sandbox, on this machine alone.',
} as const;

/** Has people know what is on no remote before a task's sandbox goes. */
@Injectable()
export class WorkGuard {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  /** @throws CommandRefusedError `unpushed_work` where work would be lost, or it cannot be told whether some would be */
  async check(taskId: string, context: CommandContext, way: keyof typeof WAYS): Promise<void> {
    const { state: task } = await this.executor.load(taskId, context);
    if (task === null || task.sandboxId === null) return;
    const over =
      way === 'kill' ? ['killing', 'killed'] : ['archiving', 'archived', 'sleeping', 'killing', 'killed'];
    if (over.includes(task.status) || task.error?.stage === 'destroy_sandbox') return;
    const look = this.providers.unpushedWorkOf(task.providerId);
    if (look === undefined) return;
    const spec = { taskId, lastPushed: task.pushed?.commit ?? null };
    let work: UnpushedWork | null;
    try {
      work = await look(spec, AbortSignal.timeout(LIMIT_MS));
    } catch (error) {
      throw new CommandRefusedError(
        'unpushed_work',
        `Whether there is work that is on no remote could not be told: ${reasonOf(error)} ${WAYS[way]}`,
      );
    }
    if (work === null) return;
    throw new CommandRefusedError(
      'unpushed_work',
      `There is work on no remote: ${textOf(work)}. ${WAYS[way]}`,
      {
        work,
      },
    );
  }
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function textOf({ commits, uncommitted, tips }: UnpushedWork): string {
  const where = tips.length === 0 ? '' : ` (${tips.join(', ')})`;
  return [
    ...(commits > 0 ? [`${counted(commits, 'commit')}${where}`] : []),
    ...(uncommitted > 0 ? [`${counted(uncommitted, 'file')} not committed`] : []),
  ].join(' and ');
}
