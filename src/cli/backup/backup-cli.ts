import { Command, Option } from 'commander';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printError, printJson } from '../output.js';
import { sizeText } from './size-text.js';

/** `slipway backup`: all that cannot be made anew. */
export function backupCommand(): Command {
  const backup = withJson(new Command('backup'));
  return backup
    .argument('<target>', 'a new file that ends in .tar, or a new folder')
    .addOption(
      new Option(
        '--passphrase-file <file>',
        'the key goes in under this passphrase; - reads it from standard input',
      ).conflicts('withoutKey'),
    )
    .option('--without-key', 'leave the key out: keep it elsewhere, credentials cannot be opened without it')
    .addHelpText(
      'after',
      `
In it are all events (tasks, sessions, projects, workspaces, access tokens), credentials and variables of
projects as they are stored (sealed), the key that opens them (secret.key; only under a passphrase, or not at all),
and the work that is kept of killed tasks. Rows are made anew from the events. Not in it: sandboxes with what was not
pushed or kept, settings, log-ins, and SLIPWAY_SECRET_KEY where that is set.
The service may run meanwhile, or not. What changes while the backup is made may be in it or not; what is in it fits.
Run it as the user of the service.

Examples:
  slipway backup slipway-monday.tar --passphrase-file /etc/slipway/backup-passphrase
  slipway backup /backups/monday --without-key`,
    )
    .action(async (target: string, o: { passphraseFile?: string; withoutKey?: boolean; json?: boolean }) => {
      const { makeBackup } = await import('./make-backup.js');
      const made = await makeBackup(dataDirOf(backup), target, { ...o, quiet: o.json ?? false });
      for (const { remote, reason } of made.leftOut)
        printError('slipway', `What is kept of ${remote} is NOT in the backup: ${reason}`);
      if (made.leftOut.length > 0) process.exitCode = 1;
      if (o.json) return printJson(made);
      const { manifest, bytes } = made;
      const rows = Object.values(manifest.tables).reduce((sum, count) => sum + count, 0);
      print(
        `${manifest.events.events} events in ${manifest.events.streams} streams, ${rows} sealed rows and the kept work of ${manifest.kept} tasks are in ${made.target} (${sizeText(bytes)}).`,
      );
      print(KEY_TEXT[manifest.key]);
    });
}

const KEY_TEXT = {
  sealed: 'The key that opens credentials is in it, under the passphrase. Without the passphrase it is lost.',
  left_out: 'The key that opens credentials is not in it: keep secret.key of the data directory elsewhere.',
  none: 'There is no secret.key in the data directory: with SLIPWAY_SECRET_KEY, keep its value elsewhere.',
} as const;
