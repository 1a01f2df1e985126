import type { Credential, CredentialKind, NewCredential } from '@slipway/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { whole } from '../../platform/text-rules.js';
import { CREDENTIAL_HOST, CREDENTIAL_KINDS } from '../../repository/credentials/credential.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';
import { readSecret } from './read-secret.js';
import { CliError } from '../exit-code.js';

interface SetOptions {
  readonly workspace: string;
  readonly username?: string;
  readonly sshKey?: string;
  readonly appId?: string;
  readonly appKey?: string;
  readonly knownHosts?: string;
  readonly json?: boolean;
}

/** `slipway credentials …`: what a workspace's repositories are read and written with. */
export function credentialsCommand(): Command {
  const credentials = new Command('credentials');
  const api = () => findService(dataDirOf(credentials));
  const ofWorkspace = (command: Command): Command =>
    command.option('--workspace <id>', 'the workspace', 'default');

  withJson(ofWorkspace(credentials.command('set')))
    .description('give the workspace a token (https), a key (ssh) or a GitHub App for a git host')
    .argument('<host>', 'such as github.com or git.example.com:8443', hostName)
    .option('--username <name>', 'https: the user name that goes with the token (default: git)')
    .option('--ssh-key <file>', 'ssh: the private key, without a passphrase')
    .option('--known-hosts <file>', "ssh: the host's known_hosts lines, as ssh-keyscan prints them")
    .option('--app-id <id>', "a GitHub App's id, or client id")
    .option('--app-key <file>', 'a private key of the GitHub App, in PEM as GitHub makes it')
    .addHelpText(
      'after',
      `
The token is asked for without being shown, or read from standard input. It is encrypted by the service, never shown again
and never reaches a sandbox. A GitHub App goes before a token: tokens of it are made when they are needed, each for one
repository that the app is installed on, for git and for pull requests.

Examples:
  slipway credentials set github.com
  slipway credentials set gitlab.com --username oauth2 < token.txt
  slipway credentials set git.example.com --ssh-key ~/.ssh/slipway --known-hosts hosts.txt
  slipway credentials set github.com --app-id 123456 --app-key acme.private-key.pem`,
    )
    .action(async (host: string, o: SetOptions) => {
      const credential = await given(host, o);
      const record = await (await api()).setCredential(o.workspace, host, credential);
      if (o.json) return printJson(record);
      print(`The workspace ${record.workspaceId} has ${text(record)} for ${record.host}.`);
    });

  withJson(ofWorkspace(credentials.command('list')))
    .description("list the workspace's credentials, without what is secret")
    .addHelpText('after', '\nExample:\n  slipway credentials list')
    .action(async (o: { workspace: string; json?: boolean }) => {
      const { items } = await (await api()).listCredentials(o.workspace);
      if (o.json) return printJson(items);
      if (items.length === 0) return print(`The workspace ${o.workspace} has no credentials.`);
      printTable(
        ['HOST', 'KIND', 'USER OR APP', 'FINGERPRINT', 'AGE', 'LAST USED'],
        items.map((each) => [
          each.host,
          each.kind,
          each.username ?? each.appId ?? '',
          each.fingerprint ?? '',
          age(each.createdAt),
          each.lastUsedAt === null ? 'never' : `${age(each.lastUsedAt)} ago`,
        ]),
      );
    });

  withJson(ofWorkspace(credentials.command('delete')))
    .description('delete a credential for good')
    .argument('<host>', 'as the list has it', hostName)
    .addOption(new Option('--kind <kind>', 'only that kind (default: all)').choices(CREDENTIAL_KINDS))
    .addHelpText('after', '\nExample:\n  slipway credentials delete github.com')
    .action(async (host: string, o: { workspace: string; kind?: CredentialKind; json?: boolean }) => {
      await (await api()).deleteCredential(o.workspace, host, { kind: o.kind });
      if (o.json) return printJson({ deleted: true });
      print(`The workspace ${o.workspace} has no credential for ${host} any more.`);
    });

  return credentials;
}

/** What is no host would be another address of the API. */
function hostName(text: string): string {
  const host = text.toLowerCase();
  if (new RegExp(whole(CREDENTIAL_HOST)).test(host)) return host;
  throw new InvalidArgumentError('It takes a host such as github.com or git.example.com:8443.');
}

async function given(host: string, o: SetOptions): Promise<NewCredential> {
  const kinds = [o.username, o.sshKey ?? o.knownHosts, o.appId ?? o.appKey];
  if (kinds.filter((each) => each !== undefined).length > 1)
    throw new CliError(
      'usage',
      'A credential is a token (--username), an ssh key (--ssh-key) or a GitHub App (--app-id).',
    );
  if (o.appId !== undefined || o.appKey !== undefined) {
    if (o.appId === undefined || o.appKey === undefined)
      throw new CliError(
        'usage',
        '--app-id and --app-key go together: the id of the GitHub App and a file with its key.',
      );
    return { kind: 'app', appId: o.appId, privateKey: await readFile(o.appKey, 'utf8') };
  }
  if (o.sshKey === undefined && o.knownHosts === undefined) {
    const token = await readSecret(`Token for ${host}`);
    return { kind: 'https', username: o.username, token };
  }
  if (o.sshKey === undefined || o.knownHosts === undefined)
    throw new CliError(
      'usage',
      `--ssh-key and --known-hosts go together: write the lines of "ssh-keyscan ${host}" to a file, check them, and name it.`,
    );
  const [privateKey, knownHosts] = await Promise.all(
    [o.sshKey, o.knownHosts].map((file) => readFile(file, 'utf8')),
  );
  return { kind: 'ssh', privateKey, knownHosts };
}

function text({ kind, username, appId, fingerprint }: Credential): string {
  if (kind === 'https') return `a token (user ${username})`;
  const shown = fingerprint === null ? '' : ` (${fingerprint})`;
  return kind === 'ssh' ? `an ssh key${shown}` : `the GitHub App ${appId}${shown}`;
}
