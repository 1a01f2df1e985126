import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { wholeNumber, withJson } from '../global-options.js';
import { collect, scanHistory } from '../history.js';
import { describeMoment, parseMoment, type Moment } from '../moment.js';
import { print, printJson, printTable, streams } from '../output.js';
import { describeChange, diffRecords } from './record-diff.js';
import { timelineOf } from './stage-timeline.js';
import { stepForPrograms, stepLines, timelineRow, TIMELINE_COLUMNS } from './step-lines.js';
import { withStore } from '../stores.js';
import { recordingOf, until, type Step } from './task-recording.js';
import { showTask } from '../tasks/show-task.js';
import { CliError } from '../exit-code.js';

const POSITION_OR_TIME = '<position|time>';

/** `slipway replay …`: the past, and what would be done today. */
export function replayCommand(): Command {
  const replay = new Command('replay');

  withJson(replay.command('task'))
    .description('show a task as it was, the timeline of its stages, and what each event changed')
    .argument('<taskId>')
    .option(`--at ${POSITION_OR_TIME}`, 'as it was then (default: now)', parseMoment)
    .option('--step', 'show what each event changed; in a terminal one event at a time')
    .addHelpText(
      'after',
      '\nA time means the clock of the command that caused an event.\n\nExamples:\n  slipway replay task 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e --at 2026-01-31T12:00:00Z\n  slipway replay task 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e --step',
    )
    .action(async (taskId: string, o: { at?: Moment; step?: boolean; json?: boolean }) => {
      const steps = until(await stepsOf(replay, taskId), o.at);
      const record = recordAt(taskId, steps, o.at);
      const timeline = timelineOf(eventsOf(steps));
      if (o.json) return printJson({ record, timeline, steps: steps.map(stepForPrograms) });
      if (o.step) await walk(steps);
      showTask(record);
      print();
      printTable(TIMELINE_COLUMNS, timeline.map(timelineRow));
    });

  withJson(replay.command('diff'))
    .description('show what changed in a task between two points of its past')
    .argument('<taskId>')
    .requiredOption(`--from ${POSITION_OR_TIME}`, 'the earlier point', parseMoment)
    .option(`--to ${POSITION_OR_TIME}`, 'the later point (default: now)', parseMoment)
    .addHelpText(
      'after',
      '\nExample:\n  slipway replay diff 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e --from 4711 --to 4790',
    )
    .action(async (taskId: string, o: { from: Moment; to?: Moment; json?: boolean }) => {
      const steps = await stepsOf(replay, taskId);
      const before = until(steps, o.from).at(-1)?.after ?? null;
      const changes = diffRecords(before, recordAt(taskId, until(steps, o.to), o.to));
      if (o.json) return printJson(changes);
      if (changes.length === 0) print('Nothing that is shown has changed.');
      for (const change of changes) print(describeChange(change));
    });

  withJson(replay.command('saga'))
    .description("run today's saga over the recorded streams and list where it would do otherwise")
    .option(`--since ${POSITION_OR_TIME}`, 'only what follows from events from then on', parseMoment)
    .option('--limit <n>', 'show at most so many differences (all are counted)', wholeNumber(0), 100)
    .addHelpText(
      'after',
      `
Does nothing but read. Recorded is what was carried out: a stage whose start is stored, a further session
whose outcome is stored, each with the event that it followed from. A command that is still due, or that an
archive or a kill overtook, is no difference.
Exit code: 0 without differences, 1 with differences or with tasks that cannot be read.

Example, in a checkout with a changed saga, against the running service's stores:
  slipway replay saga --since 2026-01-31T00:00:00Z`,
    )
    .action(async (o: { since?: Moment; limit: number; json?: boolean }) => {
      const { dryRunSaga } = await import('./saga-dry-run.js');
      const { printDryRun } = await import('./print-dry-run.js');
      const result = await withStore(replay, (store) =>
        dryRunSaga(scanHistory(store, 'Saga', { quiet: o.json }), { since: o.since }),
      );
      if (result.differences.length + result.unreadable.length > 0) process.exitCode = 1;
      if (o.json) return printJson(result);
      printDryRun(result, o.limit);
    });

  return replay;
}

async function stepsOf(command: Command, taskId: string): Promise<Step[]> {
  const events = await withStore(command, (store) => collect(store.readStream(taskStream(taskId))));
  if (events.length === 0)
    throw new CliError('notFound', `There is no task ${taskId}. See: slipway tasks list`);
  return recordingOf(events);
}

function recordAt(taskId: string, steps: readonly Step[], at: Moment | undefined) {
  const record = steps.at(-1)?.after;
  if (record) return record;
  throw new CliError(
    'notFound',
    `Task ${taskId} did not exist yet${at === undefined ? '' : ` at ${describeMoment(at)}`}.`,
  );
}

const eventsOf = (steps: readonly Step[]): TaskEvent[] =>
  steps.flatMap(({ event }) => (event === null ? [] : [event]));

/** Prints the steps; in a terminal it waits for Enter after each, and `q` goes to the end. */
async function walk(steps: readonly Step[]): Promise<void> {
  const terminal = process.stdin.isTTY && streams.out.isTTY;
  const keys = terminal ? createInterface({ input: process.stdin, output: streams.out }) : undefined;
  // Ctrl-C and Ctrl-D close it, and a question to a closed one is never answered.
  const closed = new Promise<string>((resolve) => keys?.once('close', () => resolve('q')));
  for (const [index, step] of steps.entries()) {
    stepLines(step).forEach((line) => print(line));
    if (keys === undefined || index === steps.length - 1) continue;
    const answer = keys.question(`  ${index + 1}/${steps.length}, Enter: next, q: end `);
    if ((await Promise.race([answer, closed])) === 'q') break;
  }
  keys?.close();
  print();
}
