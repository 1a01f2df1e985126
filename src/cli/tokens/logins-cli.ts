import { Command } from 'commander';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';

/** `slipway logins …`: who has logged in with a browser. */
export function loginsCommand(): Command {
  const logins = new Command('logins').addHelpText(
    'after',
    `
With SLIPWAY_AUTH=oidc people log in on the page. What they may do follows from their groups at that moment: who has left a
group is put out here, or at the end of the log-in (SLIPWAY_LOGIN_MAX_S).`,
  );
  const api = () => findService(dataDirOf(logins));

  withJson(logins.command('list'))
    .description('list who has logged in and is let in still')
    .addHelpText('after', '\nExample:\n  slipway logins list')
    .action(async (o: { json?: boolean }) => {
      const { items } = await (await api()).listLogins();
      if (o.json) return printJson(items);
      printTable(
        ['LOGIN', 'WHO', 'EMAIL', 'MAY', 'SINCE', 'SEEN'],
        items.map((each) => [
          each.loginId,
          each.actor,
          each.email ?? '',
          each.grants.map(({ role, workspaceId }) => `${role}@${workspaceId}`).join(' '),
          age(each.openedAt),
          age(each.seenAt),
        ]),
      );
    });

  withJson(logins.command('end'))
    .description('put somebody out: refused, and their connections closed, within seconds')
    .argument('<loginId>')
    .addHelpText('after', '\nExample:\n  slipway logins end 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e')
    .action(async (loginId: string, o: { json?: boolean }) => {
      const login = await (await api()).endLogin(loginId);
      if (o.json) printJson(login);
      else print(`${login.actor} (${login.loginId}) is out`);
    });

  return logins;
}
