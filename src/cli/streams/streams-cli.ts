import { Command, Option } from 'commander';
import type { StoredEvent } from '../../events/stored-event.js';
import type { OperatorsStore } from '../../store/store-admin.js';
import { eventForPeople, eventForPrograms } from '../event-lines.js';
import { withJson, wholeNumber } from '../global-options.js';
import { collect, isHistory, scanHistory } from '../history.js';
import { age, print, printJson, printJsonLine, printTable } from '../output.js';
import { withStore } from '../stores.js';
import { STREAM_ORDERS, summarizeStreams, type StreamOrder } from './stream-summary.js';
import { CliError } from '../exit-code.js';

const COLUMNS = ['POSITION', 'STREAM@REVISION', 'TIME', 'TYPE', 'DATA'];

/** `slipway streams …`: the events themselves. */
export function streamsCommand(): Command {
  const streams = new Command('streams');

  withJson(streams.command('list'))
    .description('list streams with their number of events and their last event')
    .argument('[prefix]', 'only streams whose names begin with it', '')
    .addOption(new Option('--sort <order>', 'order').choices(STREAM_ORDERS).default('last'))
    .option('--limit <n>', 'at most so many; 0 for all', wholeNumber(0), 50)
    .addHelpText(
      'after',
      '\nReads the whole log. Leaves out the streams of the store itself ($…) and of the health probe.\n\nExample:\n  slipway streams list task- --sort events --limit 10',
    )
    .action(async (prefix: string, o: { sort: StreamOrder; limit: number; json?: boolean }) => {
      const all = await withStore(streams, (store) =>
        summarizeStreams(scanHistory(store, 'Streams', { quiet: o.json }), prefix, o.sort),
      );
      const shown = o.limit === 0 ? all : all.slice(0, o.limit);
      if (o.json) return printJson({ total: all.length, items: shown });
      const row = (s: (typeof shown)[number]) => [
        s.stream,
        String(s.events),
        s.lastType,
        s.lastPosition.toString(),
        age(s.lastAt.toISOString()),
      ];
      printTable(['STREAM', 'EVENTS', 'LAST EVENT', 'POSITION', 'AGE'], shown.map(row));
      if (shown.length < all.length) print(`… ${all.length - shown.length} more (--limit 0 for all)`);
    });

  withJson(streams.command('show'))
    .description('show the events of a stream')
    .argument('<stream>')
    .option('--from <revision>', 'from this revision on', wholeNumber(0), 0)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 1_000)
    .option('--full', 'do not shorten the data')
    .addHelpText(
      'after',
      '\nExample:\n  slipway streams show task-6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e --full',
    )
    .action(async (stream: string, o: { from: number; limit: number; full?: boolean; json?: boolean }) => {
      const events = await withStore(streams, (store) =>
        collect(store.readStream(stream, { from: BigInt(o.from), limit: o.limit })),
      );
      if (events.length === 0)
        throw new CliError(
          'notFound',
          `There are no events in ${stream} from revision ${o.from} on. See: slipway streams list`,
        );
      if (o.json) return printJson(events.map(eventForPrograms));
      printTable(
        COLUMNS,
        events.map((event) => eventForPeople(event, o.full)),
      );
    });

  withJson(streams.command('tail'))
    .description('show the last events and go on with each new one, until Ctrl-C')
    .argument('[stream]', 'only this stream')
    .option('--last <n>', 'begin with so many', wholeNumber(0), 10)
    .option('--no-follow', 'stop after the last events')
    .option('--full', 'do not shorten the data')
    .addHelpText(
      'after',
      '\nWith --json each event is one line. Goes on by itself when the store was away.\n\nExample:\n  slipway streams tail --json | jq -r .type',
    )
    .action((stream: string | undefined, o: TailOptions) =>
      withStore(streams, (store) => tail(store, stream, o)),
    );

  return streams;
}

interface TailOptions {
  last: number;
  follow: boolean;
  full?: boolean;
  json?: boolean;
}

async function tail(store: OperatorsStore, stream: string | undefined, o: TailOptions): Promise<void> {
  const show = (event: StoredEvent) =>
    o.json ? printJsonLine(eventForPrograms(event)) : print(eventForPeople(event, o.full).join('  '));
  const isWanted = (event: StoredEvent) =>
    stream === undefined ? isHistory(event) : event.stream === stream;
  const head = await store.headPosition();
  const last = o.last === 0 ? [] : await store.lastEvents(o.last, stream, isWanted);
  last.forEach(show);
  if (!o.follow) return;
  const shown = last.at(-1)?.position ?? -1n;
  const following = store.follow({
    name: 'tail',
    after: head === 0n ? undefined : head,
    onEvent: (event) => {
      if (event.position > shown && isWanted(event)) show(event);
    },
  });
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await following.stop();
}
