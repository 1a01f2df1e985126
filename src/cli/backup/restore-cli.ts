import { Command, Option } from 'commander';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printJson } from '../output.js';

/** `slipway restore`: a backup into an empty place. */
export function restoreCommand(): Command {
  const restore = withJson(new Command('restore'));
  return restore
    .argument('<backup>', 'what slipway backup wrote: the file or the folder')
    .addOption(
      new Option(
        '--passphrase-file <file>',
        'the passphrase of the key; - reads it from standard input',
      ).conflicts('withoutKey'),
    )
    .option('--without-key', 'leave the key of the backup where it is')
    .option('--dry-run', 'only check the backup, and that the place is empty')
    .addHelpText(
      'after',
      `
The data directory has to be empty or missing, and so have the stores that EVENTSTORE_URL and DATABASE_URL name.
Every part is compared with its digest before anything is written; the events are read again afterwards and compared
with the backup, stream by stream. A restore that was stopped goes on when it is run again with the same backup; no
service starts on it before. Start the service then: it makes the rows. Events have other positions than before.

Example:
  slipway restore slipway-monday.tar --data-dir ./restored --passphrase-file /etc/slipway/backup-passphrase`,
    )
    .action(
      async (
        backup: string,
        o: { passphraseFile?: string; withoutKey?: boolean; dryRun?: boolean; json?: boolean },
      ) => {
        const { restoreBackup } = await import('./restore-backup.js');
        const dataDir = dataDirOf(restore);
        const { manifest, restored } = await restoreBackup(backup, dataDir, { ...o, quiet: o.json ?? false });
        if (o.json) return printJson({ dataDir, restored, manifest });
        const { events, streams } = manifest.events;
        if (!restored)
          return print(
            `The backup of ${manifest.createdAt} is whole: ${events} events in ${streams} streams. Nothing was written.`,
          );
        print(`${events} events in ${streams} streams are in ${dataDir}, verified against the backup.`);
        if (manifest.key !== 'sealed' || o.withoutKey)
          print(
            'The key that opens credentials was not restored: put secret.key there, or set SLIPWAY_SECRET_KEY, before you start the service.',
          );
      },
    );
}
