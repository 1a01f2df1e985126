import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CliError } from '../exit-code.js';
import { wholeNumber, withJson } from '../global-options.js';
import { print, printJson, streams } from '../output.js';
import { eventStoreUrlOf, keysDirOf, withStore, withStoreAt } from '../stores.js';
import type { TransferReport } from './transfer.js';

const IN_FLIGHT = ['--in-flight <n>', 'appends under way at a time'] as const;
const CONTRACT = `
The target must be empty, or hold the beginning of the source from an earlier run: then it goes on from
there. It may be killed at any moment and run again; running it once more when it is done only verifies.
Kept are order, streams, revisions, ids, types, data and metadata. Positions and the store's own times are
given anew, so let the rows be rebuilt: slipway projections rebuild. The store's own events and those of
the health probe are left out. No saga may run on the target meanwhile.
Exit code: 0 when the verification at the end finds no difference, else 1.`;

/** `slipway events …`: all events, out and in. */
export function eventsCommand(): Command {
  const events = new Command('events');

  withJson(events.command('export'))
    .description('write all events as lines of JSON, oldest first')
    .option('--out <file>', 'the file; compressed when it ends in .gz (default: standard output)')
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      '\nOne event a line: stream, id, type, revision, position, created, data, metadata. The file appears\nunder its name when it is whole.\n\nExamples:\n  slipway events export --out backup.ndjson.gz\n  slipway events export | jq -r .type | sort | uniq -c',
    )
    .action(async ({ out, json, force }: { out?: string; json?: boolean; force?: boolean }) => {
      const { writeEventFile, writeEvents } = await import('./event-file.js');
      const { scanHistory } = await import('../history.js');
      const toFile = out !== undefined && out !== '-';
      if (toFile && !force && existsSync(out))
        throw new CliError('refused', `${out} is there already. Name another file, or give --force.`);
      const count = await withStore(events, (store) => {
        const all = scanHistory(store, 'Exporting', { quiet: json || !toFile });
        return toFile ? writeEventFile(resolve(out), all) : writeEvents(streams.out, all);
      });
      if (!toFile) return;
      if (json) printJson({ events: count, file: resolve(out) });
      else print(`${count} events are in ${out}`);
    });

  withJson(events.command('import'))
    .description('bring exported events into an event store')
    .requiredOption('--in <file>', 'a file that slipway events export wrote, compressed or not')
    .requiredOption('--to <esdb://…>', 'the event store', storeAddress)
    .option(...IN_FLIGHT, wholeNumber(1), 32)
    .addHelpText(
      'after',
      `${CONTRACT}\n\nExample:\n  slipway events import --in backup.ndjson.gz --to esdb://127.0.0.1:2113?tls=false`,
    )
    .action(async (o: { in: string; to: string; inFlight: number; json?: boolean }) => {
      const { readEventFile } = await import('./event-file.js');
      const { historyIn } = await import('../history.js');
      const { transfer } = await import('./transfer.js');
      const source = () => historyIn(readEventFile(resolve(o.in)));
      const keys = await keysDirOf(events, o.to);
      report(await withStoreAt(o.to, keys, (to) => transfer(source, to, { ...o, quiet: o.json })), o.json);
    });

  withJson(events.command('copy'))
    .description('copy all events from one event store into another, as when the embedded node is outgrown')
    .option('--from <esdb://…>', "the source (default: the running service's)", storeAddress)
    .requiredOption('--to <esdb://…>', 'the target', storeAddress)
    .option(...IN_FLIGHT, wholeNumber(1), 32)
    .addHelpText(
      'after',
      `${CONTRACT}
The source may be in use: what it gets while the copy runs comes along with the next run. To move over, copy,
stop the service, start it with SLIPWAY_ROLES=projector, copy once more, stop it, and start it with
EVENTSTORE_URL set to the target.

Example:
  slipway events copy --to esdb://eventstore.internal:2113?tls=false`,
    )
    .action(async (o: { from?: string; to: string; inFlight: number; json?: boolean }) => {
      const { historyOf } = await import('../history.js');
      const { transfer } = await import('./transfer.js');
      const source = o.from ?? (await eventStoreUrlOf(events));
      const [keys, keysOfTarget] = [await keysDirOf(events, source), await keysDirOf(events, o.to)];
      const copy = await withStoreAt(source, keys, (from) =>
        withStoreAt(o.to, keysOfTarget, (to) => transfer(() => historyOf(from), to, { ...o, quiet: o.json })),
      );
      report(copy, o.json);
    });

  return events;
}

function report(done: TransferReport, json = false): void {
  if (done.differences.length > 0) process.exitCode = 1;
  if (json) return printJson(done);
  const earlier = done.already > 0 ? `, ${done.already} were there from earlier` : '';
  print(`${done.copied} events copied${earlier}: ${done.events} events in ${done.streams} streams.`);
  if (done.differences.length === 0) {
    print(`Verified: every stream has the same events, and their order is the same (${done.order}).`);
    return;
  }
  print(`The target is not the same as the source, in ${done.differences.length} places:`);
  for (const difference of done.differences.slice(0, 20)) print(`  ${difference}`);
}

function storeAddress(text: string): string {
  if (/^esdb(\+discover)?:\/\/\S+$/.test(text)) return text;
  throw new InvalidArgumentError('It takes an address such as esdb://host:2113?tls=false.');
}
