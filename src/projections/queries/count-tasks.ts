import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { TaskStatus } from '../../events/task/vocabulary.js';
import { TaskRow } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import type { PageOfList } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';
import { AGENT_TYPE_OF_ROW, narrowTo, type TaskFilter } from './task-filter.js';

/** So many agents are told apart, those with the most tasks. */
const MOST_AGENTS = 100;

/** How many tasks a filter means, and how many it would mean with another choice of one thing. */
export interface FilteredCounts {
  /** With all of the filter. */
  readonly total: number;
  /** By status, whichever the filter names; what has none is left out. */
  readonly statuses: { readonly status: TaskStatus; readonly count: number }[];
  /** Those that need somebody, whatever the filter says of that and of the status. */
  readonly needsYou: number;
  /** By agent, whichever the filter names; most first. */
  readonly agents: { readonly agentType: string; readonly count: number }[];
}

/** Counts a workspace's tasks. */
export class CountTasks extends Query<FilteredCounts> {
  constructor(readonly filter: TaskFilter & Pick<PageOfList, 'minPosition'>) {
    super();
  }
}

interface Group {
  readonly status: TaskStatus;
  readonly needsYou: boolean;
  readonly agentType: string;
  readonly count: number;
}

@QueryHandler(CountTasks)
export class CountTasksHandler implements IQueryHandler<CountTasks> {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ filter }: CountTasks): Promise<FilteredCounts> {
    await this.readYourWrites.waitFor(filter.minPosition);
    // What is counted by every choice of it is not narrowed by it.
    const { status: _, needsYou: __, agentType: ___, ...rest } = filter;
    const groups = await this.database.read((manager) =>
      narrowTo(manager.createQueryBuilder(TaskRow, 't'), rest)
        .select('t.status', 'status')
        .addSelect('t.needsYou', 'needsYou')
        .addSelect(AGENT_TYPE_OF_ROW, 'agentType')
        .addSelect('count(*)::int', 'count')
        .groupBy('1, 2, 3')
        .getRawMany<Group>(),
    );
    return countsOf(groups, filter);
  }
}

/** The counts, of how many tasks each combination of the three has. */
export function countsOf(groups: readonly Group[], filter: TaskFilter): FilteredCounts {
  const hasStatus = ({ status }: Group) => filter.status?.includes(status) ?? true;
  const hasNeed = ({ needsYou }: Group) => filter.needsYou === undefined || needsYou === filter.needsYou;
  const hasAgent = ({ agentType }: Group) => filter.agentType?.includes(agentType) ?? true;
  const byStatus = sumBy(
    groups.filter((group) => hasAgent(group) && hasNeed(group)),
    ({ status }) => status,
  );
  const byAgent = sumBy(
    groups.filter((group) => hasStatus(group) && hasNeed(group)),
    ({ agentType }) => agentType,
  );
  return {
    total: sum(groups.filter((group) => hasStatus(group) && hasNeed(group) && hasAgent(group))),
    statuses: byStatus.map(([status, count]) => ({ status, count })),
    needsYou: sum(groups.filter((group) => group.needsYou && hasAgent(group))),
    agents: byAgent.slice(0, MOST_AGENTS).map(([agentType, count]) => ({ agentType, count })),
  };
}

const sum = (groups: readonly Group[]): number => groups.reduce((total, { count }) => total + count, 0);

/** Most first. */
function sumBy<Key extends string>(groups: readonly Group[], keyOf: (group: Group) => Key): [Key, number][] {
  const sums = new Map<Key, number>();
  for (const group of groups) sums.set(keyOf(group), (sums.get(keyOf(group)) ?? 0) + group.count);
  return [...sums].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
}
