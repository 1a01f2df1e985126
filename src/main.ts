import 'reflect-metadata';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { DirectoryInUseError } from '@slipway/embedded-eventstore';
import { PostgresStartError } from '@slipway/embedded-postgres';
import dotenv from 'dotenv';
import { settingsWarnings } from './app/settings-warnings.js';
import { watchCrashFile } from './crash-point.js';
import { SettingsError, readSettings } from './config.js';
import { InvalidFailuresError } from './providers/simulated/simulated-failures.js';
import { createLog } from './log.js';
import { startService } from './service.js';
import { visibleLines } from './visible-text.js';

/** Old garbage is collected when the heap has grown by so much, rather than by a multiple: a third less memory under load. */
setFlagsFromString('--heap-growing-percent=80');

/** What a person can put right: no stack is shown. */
const EXPECTED = [SettingsError, DirectoryInUseError, PostgresStartError, InvalidFailuresError];

/** The service: reads the settings, starts, and stops on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  dotenv.config({ quiet: true });
  const settings = readSettings(process.env);
  const log = createLog(settings.logLevel);
  void settingsWarnings(process.env, settings).then((lines) => lines.forEach((line) => log.warn(line)));
  watchCrashFile(process.env.SLIPWAY_CRASH_FILE);
  const service = await startService(settings, log);

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'shutting down');
    setTimeout(() => {
      log.error(
        { limitMs: settings.shutdownMs, waitingFor: service.waitingFor },
        'shutdown takes too long; what is unfinished goes on after the next start',
      );
      process.exit(1);
    }, settings.shutdownMs).unref();
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  // People read this before there is a log: one clear line, and the stack only for bugs.
  const expected = EXPECTED.some((kind) => error instanceof kind);
  console.error(visibleLines(expected ? `slipway: ${(error as Error).message}` : inspect(error)));
  process.exit(1);
});
