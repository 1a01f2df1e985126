import { print, printTable } from '../output.js';
import type { SagaDryRun } from './saga-dry-run.js';
import { describeCommand } from './task-comparison.js';

/** The dry run for people: the differences, then the counts. */
export function printDryRun(result: SagaDryRun, limit: number): void {
  const { tasks, commands, same, pending, overtaken, differences, unreadable } = result;
  if (differences.length > 0) {
    printTable(
      ['TASK', 'AFTER', 'POSITION', 'RECORDED', 'NOW'],
      differences
        .slice(0, limit)
        .map((d) => [d.taskId, d.type, d.position, describeCommand(d.recorded), describeCommand(d.now)]),
    );
    if (differences.length > limit) print(`… ${differences.length - limit} more`);
    print();
  }
  for (const { taskId, reason } of unreadable) print(`${taskId} cannot be read: ${reason}`);
  print(
    `${tasks} tasks, ${commands} commands: ${same} as recorded, ${pending} still due, ${overtaken} overtaken, ${differences.length} differences, ${unreadable.length} tasks unreadable.`,
  );
}
