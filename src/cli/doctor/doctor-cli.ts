import { Command } from 'commander';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printJson } from '../output.js';
import type { Finding } from './finding.js';

const SIGNS = { ok: '✓', warning: '!', problem: '✗' } as const;

/** `slipway doctor`: looks at everything that Slipway needs, and says what to do. */
export function doctorCommand(): Command {
  const doctor = withJson(new Command('doctor'));
  return doctor
    .addHelpText(
      'after',
      `
Looks at Node, git, the settings, the data directory and its disk, the Docker engine and its image, the service that
runs in the data directory and the stores that are named. It changes nothing. Run it as the user and with the variables that the service runs with.
Exit code: 1 when there is a problem, else 0; a warning is no problem.`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const {
        checkCheckouts,
        checkDataDirectory,
        checkDocker,
        checkLocalProvider,
        checkNode,
        checkSettings,
      } = await import('./machine-checks.js');
      const { checkService, checkStores } = await import('./service-checks.js');
      const found: Finding[] = [];
      const tell = (...findings: readonly Finding[]) => {
        found.push(...findings);
        if (!json) findings.forEach(printFinding);
      };
      const dataDir = dataDirOf(doctor);
      const { findings, settings } = await checkSettings(process.env);
      tell(checkNode(), ...findings);
      tell(...(await checkDataDirectory(dataDir)));
      const uses = (provider: string) => settings?.providers.includes(provider) ?? provider === 'local';
      if (uses('local') || uses('docker')) tell(...(await checkCheckouts(process.env)));
      if (uses('local')) tell(await checkLocalProvider(process.env, settings?.localUsers ?? true));
      if (settings && (uses('local') || uses('docker'))) tell(await checkDocker(settings));
      tell(...(await checkStores(process.env)));
      tell(...(await checkService(dataDir, process.env)));
      if (json) printJson(found);
      if (found.some(({ level }) => level === 'problem')) process.exitCode = 1;
    });
}

function printFinding({ check, level, detail, advice }: Finding): void {
  print(`${SIGNS[level]} ${check}: ${detail}`);
  if (advice !== undefined) print(`    ${advice}`);
}
