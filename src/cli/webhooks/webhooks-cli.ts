import type { Webhook, WebhookDelivery } from '@slipway/client';
import { Command, InvalidArgumentError } from 'commander';
import { isPosition, isUuid } from '../../platform/text-rules.js';
import { CliError } from '../exit-code.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson, withYes, wholeNumber } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';

interface Options {
  readonly workspace: string;
  readonly json?: boolean;
}

/** `slipway webhooks …`: whom a workspace tells of what happens to its tasks. */
export function webhooksCommand(): Command {
  const webhooks = new Command('webhooks');
  const api = () => findService(dataDirOf(webhooks));
  const command = (name: string): Command =>
    withJson(webhooks.command(name).option('--workspace <id>', 'the workspace', 'default'));
  const ofOne = (name: string): Command =>
    command(name).argument('<webhookId>', 'as the list has it', webhookId);

  command('list')
    .description('list the webhooks of a workspace, and how far each has got')
    .addHelpText('after', '\nExample:\n  slipway webhooks list --workspace acme')
    .action(async (o: Options) => {
      const { items } = await (await api()).listWebhooks(o.workspace);
      if (o.json) return printJson(items);
      if (items.length === 0) return print(`The workspace ${o.workspace} has no webhooks.`);
      printTable(
        ['WEBHOOK', 'STATUS', 'POSITION', 'FAILURES', 'URL'],
        items.map((each) => [
          each.webhookId,
          each.status,
          each.position ?? 'begins anew',
          String(each.failures),
          each.url,
        ]),
      );
    });

  command('create')
    .description("have what happens to the workspace's tasks posted to an address; the secret is shown once")
    .argument('<url>', 'https, or http to a private host that the service allows')
    .option('--types <types>', 'only events of these types: a comma list (default: all)', list)
    .option(
      '--after <position>',
      'begin with what happened after it (default: with what happens now)',
      position,
    )
    .addHelpText(
      'after',
      '\nExample:\n  slipway webhooks create https://example.com/hooks/slipway --types TaskCreated,ProvisioningFailed',
    )
    .action(async (url: string, o: Options & { types?: string[]; after?: string }) => {
      const { types, after } = o;
      const made = await (await api()).createWebhook(o.workspace, { url, types, after });
      if (o.json) return printJson(made);
      print(made.webhookId);
      print(`Its secret, which is not shown again: ${made.secret}`);
    });

  ofOne('show')
    .description('show a webhook: what it is told of, how far it has got and why it does not go on')
    .addHelpText('after', `\nExample:\n  slipway webhooks show ${EXAMPLE}`)
    .action(async (id: string, o: Options) => show(await (await api()).getWebhook(o.workspace, id), o));

  for (const [name, status, what] of [
    ['pause', 'paused', 'deliver nothing to a webhook until it is resumed'],
    ['resume', 'active', 'have a webhook that is paused or disabled go on where it was'],
  ] as const)
    ofOne(name)
      .description(what)
      .addHelpText('after', `\nExample:\n  slipway webhooks ${name} ${EXAMPLE}`)
      .action(async (id: string, o: Options) =>
        show(await (await api()).changeWebhook(o.workspace, id, { status }), o),
      );

  withYes(ofOne('delete'), 'really delete it')
    .description('delete a webhook for good, with its secret')
    .addHelpText('after', `\nExample:\n  slipway webhooks delete ${EXAMPLE} --yes`)
    .action(async (id: string, o: Options & { yes?: boolean }) => {
      const client = await api();
      const { url } = await client.getWebhook(o.workspace, id);
      if (o.yes) await client.deleteWebhook(o.workspace, id);
      if (o.json) return printJson({ webhookId: id, deleted: o.yes === true });
      print(
        o.yes
          ? `${url} is told of nothing any more.`
          : `${url} would be told of nothing any more: --yes does it.`,
      );
    });

  ofOne('replay')
    .description('deliver, be it again, what happened after a position')
    .requiredOption('--after <position>', 'as a record, a page or a message has it; 0: everything', position)
    .addHelpText('after', `\nExample:\n  slipway webhooks replay ${EXAMPLE} --after 4711`)
    .action(async (id: string, o: Options & { after: string }) =>
      show(await (await api()).replayWebhook(o.workspace, id, o.after), o),
    );

  ofOne('deliveries')
    .description('list the last attempts at deliveries, newest first')
    .option('--limit <number>', 'at most so many', wholeNumber(1), 20)
    .addHelpText('after', `\nExample:\n  slipway webhooks deliveries ${EXAMPLE}`)
    .action(async (id: string, { limit, ...o }: Options & { limit: number }) => {
      const { items } = await (await api()).listWebhookDeliveries(o.workspace, id, { limit });
      if (o.json) return printJson(items);
      printTable(
        ['AGE', 'TYPE', 'POSITION', 'TOOK', 'ANSWER', 'PROBLEM'],
        items.map((each) => [
          age(each.at),
          each.type,
          each.position ?? '',
          `${each.durationMs} ms`,
          each.status === null ? 'none' : String(each.status),
          each.error ?? '',
        ]),
      );
    });

  ofOne('test')
    .description('send a message of the type "test" now, and tell how that went')
    .addHelpText('after', `\nExample:\n  slipway webhooks test ${EXAMPLE}`)
    .action(async (id: string, o: Options) => {
      const delivery = await (await api()).testWebhook(o.workspace, id);
      if (o.json) printJson(delivery);
      else if (delivery.error === null) print(taken(delivery));
      if (delivery.error !== null) throw new CliError('failed', delivery.error);
    });

  return webhooks;
}

const EXAMPLE = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

const taken = ({ status, durationMs }: WebhookDelivery): string =>
  `The receiver answered ${status} after ${durationMs} ms.`;

function show(hook: Webhook, { json }: Options): void {
  if (json) return printJson(hook);
  print(`${hook.webhookId} ${hook.status}`);
  print(`told:     ${hook.types?.join(', ') ?? 'events of every type'}`);
  print(`at:       ${hook.url}`);
  print(`position: ${hook.position ?? 'begins anew'}`);
  if (hook.reason !== null) print(`reason:   ${hook.reason}`);
  if (hook.failingSince !== null)
    print(`failing:  ${hook.failures} times since ${hook.failingSince}, again at ${hook.nextAttemptAt}`);
}

/** What is no id would be another address of the API. */
function webhookId(text: string): string {
  if (isUuid(text.toLowerCase())) return text.toLowerCase();
  throw new InvalidArgumentError('It takes the id of a webhook.');
}

function position(text: string): string {
  if (isPosition(text)) return text;
  throw new InvalidArgumentError('It takes a position: a decimal number from a record, a page or a message.');
}

const list = (text: string): string[] => text.split(',').map((each) => each.trim());
