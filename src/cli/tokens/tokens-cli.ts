import type { AccessToken, Role } from '@slipway/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TokenStream } from '../../access/token-stream.js';
import { ALL_WORKSPACES, ROLES_OF_CALLERS } from '../../events/access/token-events.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';
import { withStore } from '../stores.js';

const DAY_MS = 86_400_000;

/** `90d`: so many days from now, as a time. */
function daysFromNow(text: string): string {
  const days = Number(/^(\d{1,4})d?$/.exec(text)?.[1]);
  if (days > 0) return new Date(Date.now() + days * DAY_MS).toISOString();
  throw new InvalidArgumentError('It takes a number of days such as 90d.');
}

/** `slipway tokens …`: who gets in. */
export function tokensCommand(): Command {
  const tokens = new Command('tokens').addHelpText(
    'after',
    `
With SLIPWAY_AUTH=tokens whoever asks the service shows a token; the command line takes its own from SLIPWAY_TOKEN.
A viewer reads; a member creates tasks, prompts and answers, and pushes, archives and kills tasks of their own; a maintainer
does all that to any task, and keeps the workspace's credentials and tokens; an admin of all workspaces (*) runs the service.`,
  );
  const api = () => findService(dataDirOf(tokens));

  withJson(tokens.command('bootstrap'))
    .description('make the first token, an admin of all workspaces, on the machine itself')
    .addHelpText(
      'after',
      '\nIt goes through the event store and not the API, so it takes the right to read the data directory.\n\nExample:\n  export SLIPWAY_TOKEN=$(slipway tokens bootstrap)',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { text, token } = await withStore(tokens, (store) =>
        new TokenStream(store).create(
          { name: 'bootstrap', workspaceId: ALL_WORKSPACES, role: 'admin', expiresAt: null },
          { actor: 'cli' },
          new Date(),
        ),
      );
      if (json) printJson({ tokenId: token.tokenId, token: text });
      else print(text);
    });

  withJson(tokens.command('create'))
    .description('make a token; it is shown once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES_OF_CALLERS).default('member'))
    .option('--workspace <id>', "the workspace, or * for all (default: your token's)")
    .option('--expires <days>', 'it ends after so many days, e.g. 90d', daysFromNow)
    .addHelpText(
      'after',
      "\nExample:\n  slipway tokens create 'build server' --role member --workspace acme --expires 90d",
    )
    .action(async (name: string, o: { role: Role; workspace?: string; expires?: string; json?: boolean }) => {
      const made = await (
        await api()
      ).createToken({ name, role: o.role, workspaceId: o.workspace, expiresAt: o.expires });
      if (o.json) printJson(made);
      else print(made.token);
    });

  withJson(tokens.command('list'))
    .description('list tokens, also those that have ended')
    .option('--workspace <id>', 'only of that workspace')
    .addHelpText('after', '\nExample:\n  slipway tokens list --workspace acme')
    .action(async (o: { workspace?: string; json?: boolean }) => {
      const { items } = await (await api()).listTokens({ workspaceId: o.workspace });
      if (o.json) return printJson(items);
      printTable(
        ['TOKEN', 'NAME', 'WORKSPACE', 'ROLE', 'STATE', 'USED'],
        items.map((each) => [
          each.tokenId,
          each.name,
          each.workspaceId,
          each.role,
          stateOf(each),
          each.usedAt === null ? 'never' : age(each.usedAt),
        ]),
      );
    });

  withJson(tokens.command('revoke'))
    .description('end a token: refused, and its connections closed, within seconds')
    .argument('<tokenId>')
    .addHelpText('after', '\nExample:\n  slipway tokens revoke 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e')
    .action(async (tokenId: string, o: { json?: boolean }) => {
      const token = await (await api()).revokeToken(tokenId);
      if (o.json) printJson(token);
      else print(`${token.name} (${token.tokenId}) is revoked`);
    });

  return tokens;
}

function stateOf({ revokedAt, expiresAt }: AccessToken): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'holds';
  return Date.parse(expiresAt) > Date.now() ? `until ${expiresAt.slice(0, 10)}` : 'expired';
}
