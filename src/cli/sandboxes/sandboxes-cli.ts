import { Command } from 'commander';
import type { OperatorsStore } from '../../store/store-admin.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import { DIFFERENCE_TEXT } from '../../sagas/audit/sandbox-difference.js';
import type { Audit, Finding } from './audit-sandboxes.js';
import { dataDirOf, withJson, withYes } from '../global-options.js';
import { print, printJson, printTable } from '../output.js';
import { withStore } from '../stores.js';
import { CliError } from '../exit-code.js';

const SETTINGS = `
Providers and their settings are read from the environment (or .env) as by the service: SLIPWAY_PROVIDERS,
SLIPWAY_DATA_DIR, ….`;

/** `slipway sandboxes …`: whether the world is as the events say. */
export function sandboxesCommand(): Command {
  const sandboxes = new Command('sandboxes');

  withJson(sandboxes.command('audit'))
    .description('compare what each provider has with what the events say, and name every difference')
    .addHelpText(
      'after',
      `${SETTINGS}
A task that is just being made, archived or killed is no difference.
Exit code: 0 without differences, 1 with any, or when a provider does not answer.

Example:
  slipway sandboxes audit`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const audit = await withAudit(sandboxes, json, async (result) => result);
      if (audit.findings.length > 0 || audit.providers.some(({ problem }) => problem)) process.exitCode = 1;
      if (json) return printJson(audit);
      printAudit(audit);
    });

  withYes(withJson(sandboxes.command('reap')), 'do it')
    .description('show what would be removed; with --yes remove what no live task owns')
    .addHelpText(
      'after',
      `${SETTINGS}
Destroys orphans, and stops the processes of archived tasks. A branch is removed only where a kill said so.
Exit code: 1 when something could not be removed.

Examples:
  slipway sandboxes reap
  slipway sandboxes reap --yes`,
    )
    .action(async ({ yes = false, json }: { yes?: boolean; json?: boolean }) => {
      const reaped = await withAudit(sandboxes, json, async (audit, store, providers) => {
        const { isReapable } = await import('./audit-sandboxes.js');
        const findings = audit.findings.filter(isReapable);
        if (yes) refuseStrangeStore(audit);
        return yes
          ? reapAll(findings, store, providers)
          : findings.map((f) => ({ ...f, outcome: `would be ${actionOn(f)}` }));
      });
      if (reaped.some(({ outcome }) => outcome.startsWith('failed'))) process.exitCode = 1;
      if (json) return printJson(reaped);
      if (reaped.length === 0) return print('Nothing to reap.');
      printTable(
        ['PROVIDER', 'SANDBOX', 'TASK', 'OUTCOME'],
        reaped.map((f) => [f.providerId, f.sandboxId ?? '', f.taskId, f.outcome]),
      );
      if (yes) return;
      print();
      print('Nothing was done; --yes does it.');
    });

  return sandboxes;
}

/** Audits with the providers that the settings name, and lets go of everything. */
async function withAudit<T>(
  command: Command,
  quiet: boolean | undefined,
  use: (audit: Audit, store: OperatorsStore, providers: ReadonlyMap<string, SandboxProvider>) => Promise<T>,
): Promise<T> {
  const { readSettings } = await import('../../platform/settings/settings.js');
  const { createProviders } = await import('../../providers/create-providers.js');
  const { pino } = await import('pino');
  const { auditSandboxes } = await import('./audit-sandboxes.js');
  const { scanHistory } = await import('../history.js');
  const settings = readSettings({ ...process.env, SLIPWAY_DATA_DIR: dataDirOf(command) });
  return withStore(command, async (store) => {
    const registry = await createProviders(settings, pino({ level: 'silent' }));
    try {
      const providers = new Map(registry.ids.map((id) => [id, registry.get(id)]));
      const history = scanHistory(store, 'Tasks', { quiet });
      return await use(await auditSandboxes(history, store, [...providers.values()]), store, providers);
    } finally {
      await registry.close();
    }
  });
}

const actionOn = ({ difference }: Finding): string => (difference === 'orphan' ? 'destroyed' : 'stopped');

/** To an empty or a wrong event store every sandbox is an orphan. */
function refuseStrangeStore({ tasks, findings }: Audit): void {
  if (tasks > 0 || findings.every(({ status }) => status !== null)) return;
  throw new CliError(
    'refused',
    'The event store knows no live task and none of the sandboxes: is it the right one? See EVENTSTORE_URL and SLIPWAY_DATA_DIR. Nothing was removed.',
  );
}

async function reapAll(
  findings: readonly Finding[],
  store: OperatorsStore,
  providers: ReadonlyMap<string, SandboxProvider>,
): Promise<(Finding & { outcome: string })[]> {
  const { reap } = await import('./audit-sandboxes.js');
  const reaped: (Finding & { outcome: string })[] = [];
  for (const finding of findings) {
    try {
      const done = await reap(finding, store, providers.get(finding.providerId)!);
      reaped.push({ ...finding, outcome: done ? actionOn(finding) : 'left alone: it has an owner now' });
    } catch (error) {
      reaped.push({
        ...finding,
        outcome: `failed: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return reaped;
}

function printAudit({ providers, tasks, findings, notAudited, unreadable }: Audit): void {
  if (findings.length > 0) {
    printTable(
      ['PROVIDER', 'SANDBOX', 'TASK', 'STATUS', 'DIFFERENCE'],
      findings.map((f) => [
        f.providerId,
        f.sandboxId ?? '',
        f.taskId,
        f.status ?? '(none)',
        `${f.difference}: ${DIFFERENCE_TEXT[f.difference]}`,
      ]),
    );
    print();
  }
  for (const { providerId, sandboxes, problem } of providers)
    print(
      problem ? `${providerId} does not answer: ${problem}` : `${providerId} has ${sandboxes} sandboxes.`,
    );
  for (const [providerId, count] of Object.entries(notAudited))
    print(
      `${count} tasks live at ${providerId}, which is not configured here: set SLIPWAY_PROVIDERS as for the service.`,
    );
  if (unreadable.length > 0) print(`${unreadable.length} tasks cannot be read: ${unreadable.join(', ')}`);
  print(`${tasks} tasks that are not killed, ${findings.length} differences.`);
}
