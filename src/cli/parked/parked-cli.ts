import { Command, Option } from 'commander';
import { taskIdOfStream } from '../../events/task/task-events.js';
import type { ParkedMessage } from '../../store/store-admin.js';
import { ACTION_GROUP } from '../../sagas/actions/react-action.js';
import { SAGA_GROUP } from '../../sagas/react.js';
import { wholeNumber, withJson, withYes } from '../global-options.js';
import { collect } from '../history.js';
import { age, print, printJson, printTable } from '../output.js';
import { forgetParkedRows, parkedRows, type ParkedRow } from './parked-rows.js';
import { isSettled } from './parked-settled.js';
import { databaseUrlOf, withStore } from '../stores.js';

const GROUPS = { saga: SAGA_GROUP, actions: ACTION_GROUP } as const;
type OfMessages = keyof typeof GROUPS;
type Of = OfMessages | 'rows';

/** `settled`: nothing is left to be done about it; null when its task cannot be read. */
type ListedMessage = ParkedMessage & { readonly settled: boolean | null };

/** `slipway parked …`: what could not be handled and was set aside, so that nothing else waits for it. */
export function parkedCommand(): Command {
  const parked = new Command('parked').addHelpText(
    'after',
    `
The saga parks a message (an event) when it cannot be decoded, when its handling failed three times by a
bug, or when the process ended three times in a row while it ran alone. Its task, or its session, is then in error and
says why: mend the cause, then slipway tasks retry; the list then says that the message is settled, and it can be
discarded. Of a push or a pull request the action is in error: ask for it again. Only the task of an event that cannot be
decoded cannot say so: mend the cause, then slipway parked replay.
The projector parks an event that it cannot turn into rows: the rows of that task are out of date. Mend the
cause, then slipway projections rebuild.`,
  );
  const messagesOf = (of: OfMessages) =>
    withStore(parked, async (store) => {
      const messages = await collect(store.parked(GROUPS[of]));
      return Promise.all(
        messages.map(async (message) => ({ ...message, settled: await isSettled(store, message) })),
      );
    });

  withJson(parked.command('list'))
    .description('list the messages that the saga has parked and the events that the projector has parked')
    .addHelpText('after', '\nExample:\n  slipway parked list')
    .action(async ({ json }: { json?: boolean }) => {
      const [saga, actions] = [await messagesOf('saga'), await messagesOf('actions')];
      // The rows may be away, and with them their list: what the saga has parked is to be seen all the same.
      const rows = await databaseUrlOf(parked)
        .then(parkedRows)
        .catch((error: unknown) => error as Error);
      if (json)
        return printJson({
          saga: saga.map(messageForPrograms),
          actions: actions.map(messageForPrograms),
          rows: rows instanceof Error ? null : rows,
          ...(rows instanceof Error && { problem: rows.message }),
        });
      printMessages('saga', saga);
      if (actions.length > 0) {
        print();
        printMessages('actions', actions);
      }
      print();
      if (rows instanceof Error) print(`The projector's list cannot be read: ${rows.message}`);
      else printRows(rows);
    });

  withJson(parked.command('replay'))
    .description("have the saga's parked messages delivered again")
    .addHelpText(
      'after',
      '\nAll of them, oldest first. What fails again is parked again; what has been done meanwhile does no harm.\n\nExample:\n  slipway parked replay',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { replayed, working } = await withStore(parked, async (store) => {
        let replayed = 0;
        for (const group of Object.values(GROUPS)) {
          const { length } = await collect(store.parked(group));
          if (length > 0) await store.replayParked(group);
          replayed += length;
        }
        return { replayed, working: (await store.groupsAtWork()).includes(SAGA_GROUP) };
      });
      if (json) return printJson({ replayed, sagaIsRunning: working });
      if (replayed === 0) return print('The saga has parked nothing.');
      print(
        `${replayed} messages are delivered again${working ? '' : ' once a service runs with the role saga'}.`,
      );
    });

  withYes(
    withJson(parked.command('discard')),
    'do it: the message is not handled any more, the events themselves stay',
  )
    .description('show what would be discarded; with --yes discard it')
    .addOption(new Option('--of <whose>', 'whose list').choices(['saga', 'actions', 'rows']).default('saga'))
    .option(
      '--up-to <number>',
      'the oldest ones up to this number (rows: this position) of the list; default: all',
      wholeNumber(0),
    )
    .addHelpText('after', '\nExample:\n  slipway parked discard --up-to 3 --yes')
    .action(async (o: { of: Of; upTo?: number; yes?: boolean; json?: boolean }) => {
      const isMeant = (number: bigint) => o.upTo === undefined || number <= BigInt(o.upTo);
      const count = o.of === 'rows' ? await discardRows(isMeant, o) : await discardMessages(o.of, isMeant, o);
      if (o.json) return printJson({ of: o.of, count, discarded: o.yes === true });
      print(o.yes ? `${count} discarded.` : `${count} would be discarded; --yes does it.`);
    });

  async function discardMessages(
    of: OfMessages,
    isMeant: (number: bigint) => boolean,
    o: { yes?: boolean; json?: boolean },
  ) {
    return withStore(parked, async (store) => {
      const messages = (await collect(store.parked(GROUPS[of]))).filter(({ number }) => isMeant(number));
      if (!o.json) printMessages(of, messages);
      const last = messages.at(-1);
      if (o.yes && last) await store.discardParked(GROUPS[of], last.number);
      return messages.length;
    });
  }

  async function discardRows(isMeant: (number: bigint) => boolean, o: { yes?: boolean; json?: boolean }) {
    const url = await databaseUrlOf(parked);
    const rows = (await parkedRows(url)).filter(({ position }) => isMeant(BigInt(position)));
    if (!o.json) printRows(rows);
    const last = rows.at(-1);
    return o.yes && last ? forgetParkedRows(url, BigInt(last.position)) : rows.length;
  }

  return parked;
}

const messageForPrograms = ({ number, event, reason, parkedAt, settled }: ListedMessage) => ({
  number,
  taskId: event && taskIdOfStream(event.stream),
  stream: event?.stream ?? null,
  revision: event?.revision ?? null,
  position: event?.position ?? null,
  type: event?.type ?? null,
  reason,
  parkedAt,
  settled,
});

const PARKED_BY: Readonly<Record<OfMessages, string>> = {
  saga: 'Parked by the saga:',
  actions: 'Of pushes and pull requests the saga has parked:',
};

function printMessages(of: OfMessages, messages: readonly (ParkedMessage | ListedMessage)[]): void {
  if (messages.length === 0) return print('The saga has parked nothing.');
  print(PARKED_BY[of]);
  printTable(
    ['NUMBER', 'EVENT', 'TYPE', 'AGE', 'SETTLED', 'REASON'],
    messages.map(({ number, event, reason, parkedAt, ...listed }) => [
      number.toString(),
      event ? `${event.stream}@${event.revision}` : '(not there any more)',
      event?.type ?? '',
      age(parkedAt.toISOString()),
      'settled' in listed ? settledText(listed.settled) : '',
      reason.replace(/\s+/g, ' '),
    ]),
  );
}

const settledText = (settled: boolean | null) => (settled === null ? 'not known' : settled ? 'yes' : 'no');

function printRows(rows: readonly ParkedRow[]): void {
  if (rows.length === 0) return print('The projector has parked nothing.');
  print('Parked by the projector:');
  printTable(
    ['POSITION', 'EVENT', 'TYPE', 'AGE', 'REASON'],
    rows.map(({ position, stream, revision, type, parkedAt, reason }) => [
      position,
      `${stream}@${revision}`,
      type,
      age(parkedAt.toISOString()),
      reason.replace(/\s+/g, ' '),
    ]),
  );
}
