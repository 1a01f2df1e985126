import { Command } from 'commander';
import type { Difference } from '../../projections/rebuild/compare.js';
import type { RebuildOptions, RebuildResult } from '../../projections/rebuild/rebuild.js';
import { wholeNumber, withJson } from '../global-options.js';
import { print, printJson, printTable } from '../output.js';
import { startProgress, type Progress } from '../progress.js';
import type { ProjectionsReport } from './projections-status.js';
import { withRows } from '../rows-client.js';
import { databaseUrlOf, withStore } from '../stores.js';

const CONTRACT = `
The rows are made anew in tables beside the live ones, which are read and written meanwhile as ever, and
compared with them row by row at one position. Cut short at any moment (Ctrl-C, kill -9) it leaves the live
rows as they are; the next run throws the left-over tables away and starts clean. One at a time.`;

/** `slipway projections …`: the rows, which can be dropped and made anew from the events. */
export function projectionsCommand(): Command {
  const projections = new Command('projections');

  withJson(projections.command('status'))
    .description('show how far the rows are, by which versions they were made, and how many there are')
    .addHelpText('after', '\nExample:\n  slipway projections status')
    .action(async ({ json }: { json?: boolean }) => {
      const { projectionsStatus } = await import('./projections-status.js');
      const url = await databaseUrlOf(projections);
      const status = await withRows(url, (db) =>
        withStore(projections, (store) => projectionsStatus(db, store)),
      );
      if (json) printJson(status);
      else printStatus(status);
    });

  withJson(projections.command('verify'))
    .description('make the rows anew, compare them with the live ones, and throw them away')
    .argument('[names...]', 'projections (default: all)')
    .option('--limit <n>', 'show at most so many differences', wholeNumber(0), 20)
    .addHelpText(
      'after',
      `${CONTRACT}
Exit code: 0 when all rows are the same, else 1.

Example:
  slipway projections verify`,
    )
    .action(async (names: string[], o: { limit: number; json?: boolean }) => {
      const { verifyProjection } = await import('../../projections/rebuild/rebuild.js');
      const result = await run('Verifying', verifyProjection, names, o.json);
      if (result.differenceCount > 0) process.exitCode = 1;
      report(result, o);
    });

  withJson(projections.command('rebuild'))
    .description('make the rows anew and put them into the place of the live ones')
    .argument('[names...]', 'projections (default: all)')
    .option('--limit <n>', 'show at most so many differences', wholeNumber(0), 20)
    .addHelpText(
      'after',
      `${CONTRACT}
At the end they are put into the place of the live rows in one transaction. Differences are shown; they are
what the rebuild has mended.
Exit code: 0 when the new rows are in place.

Example:
  slipway projections rebuild tasks history`,
    )
    .action(async (names: string[], o: { limit: number; json?: boolean }) => {
      const { rebuildProjection } = await import('../../projections/rebuild/rebuild.js');
      report(await run('Rebuilding', rebuildProjection, names, o.json), o);
    });

  /** Runs it with a progress bar; Ctrl-C stops it before anything is changed. */
  async function run(
    label: string,
    work: (options: RebuildOptions) => Promise<RebuildResult>,
    names: readonly string[],
    quiet?: boolean,
  ): Promise<RebuildResult> {
    const databaseUrl = await databaseUrlOf(projections);
    const stop = new AbortController();
    const onSignal = () => stop.abort(new Error('Stopped. The rows are as they were.'));
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    let progress: Progress | undefined;
    try {
      return await withStore(projections, (store) =>
        work({
          databaseUrl,
          store,
          names: names.length > 0 ? names : undefined,
          signal: stop.signal,
          onProgress: ({ phase, events, total }) => {
            progress ??= startProgress(label, total, { quiet });
            progress.update(events, events, phase === 'reading' ? label : `${label}: ${phase}`);
          },
        }),
      );
    } finally {
      progress?.stop();
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  }

  return projections;
}

function report(result: RebuildResult, { limit, json }: { limit: number; json?: boolean }): void {
  if (json) return printJson(result);
  const { events, rows, differenceCount, differences, parked, swapped, comparedAt } = result;
  if (differenceCount > 0) {
    printTable(['TABLE', 'KEY', 'TASK', 'DIFFERENCE'], differences.slice(0, limit).map(differenceRow));
    const more = differenceCount - Math.min(limit, differences.length);
    if (more > 0) print(`… ${more} more`);
    print();
  }
  print(
    `${events} events made ${rows} rows, compared with the live ones at position ${comparedAt}: ${differenceCount === 0 ? 'all the same' : `${differenceCount} differences`}.`,
  );
  if (parked > 0) print(`${parked} events could not be projected: see slipway parked list`);
  if (swapped) print(`The new rows of ${result.projections.join(', ')} are in place.`);
}

const differenceRow = ({ table, key, taskId, kind, columns }: Difference): string[] => [
  table,
  Object.values(key).join(' '),
  taskId ?? '',
  kind === 'different'
    ? Object.entries(columns)
        .map(([column, { live, rebuilt }]) => `${column}: ${short(live)} → ${short(rebuilt)}`)
        .join(', ')
    : kind === 'missing'
      ? 'missing in the live rows'
      : 'only in the live rows',
];

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
};

function printStatus(status: ProjectionsReport): void {
  const { projections, checkpoint, behind, projectors, parked } = status;
  printTable(
    ['PROJECTION', 'VERSION', 'ROWS MADE BY', 'TABLES'],
    projections.map(({ name, version, rows, tables }) => [
      name,
      String(version),
      `${rows} version`,
      Object.entries(tables)
        .map(([table, count]) => `${table}: ${count.toLocaleString('en')}`)
        .join(', '),
    ]),
  );
  print();
  print(`The rows are at position ${checkpoint}, ${behind} events behind.`);
  print(`${projectors} replicas project or stand by to; ${parked} events are parked.`);
}
