import 'reflect-metadata';
import type { Logger } from 'pino';
import { readSettings, type Settings } from '../platform/settings/settings.js';
import { startService } from './service.js';
import { loadEnvFile } from './env-file.js';
import { greeting } from './greeting.js';
import { serviceLog } from './service-log.js';
import { settingsWarnings } from './settings-warnings.js';
import { Shutdown } from './shutdown.js';
import { isTerminal, printAsIs, printError } from './terminal.js';
import { shownError } from './start-error.js';

/** The service: reads the settings, starts, and stops on SIGTERM or SIGINT. Ends the process, saying why, if it cannot. */
export async function runService(): Promise<void> {
  try {
    loadEnvFile();
    const settings = readSettings(process.env);
    const log = await serviceLog(settings.logLevel);
    const shutdown = new Shutdown(log, settings.shutdownMs);
    void warn(settings, log);
    const service = await startService(settings, log);
    shutdown.of(service);
    announce(service.url, settings, log);
  } catch (error) {
    // People read this before there is a log: one clear line, and the stack only for bugs.
    printError(shownError(error));
    process.exit(1);
  }
}

function announce(url: string, settings: Settings, log: Logger): void {
  const { dataDir, roles, providers } = settings;
  if (!isTerminal()) log.info({ url, dataDir, roles: [...roles], providers }, `Slipway is at ${url}`);
  else if (log.isLevelEnabled('info')) printAsIs(greeting(url, settings));
}

/** Nothing waits for what is merely worth a warning. */
async function warn(settings: Settings, log: Logger): Promise<void> {
  for (const line of await settingsWarnings(process.env, settings)) log.warn(line);
}
