import { NotTakenError } from './setting-kinds.js';
import { type Setting, type ValuesOf, valuesOf } from './setting.js';
import { complaintAboutProviders } from './provider-settings.js';
import { problemsOfOidc } from './oidc-settings.js';
import { SETTINGS } from './settings-table.js';
import { isLoopbackHost } from '../loopback-host.js';

/** Slipway's settings, validated. Times are in milliseconds unless their names say otherwise. */
export type Settings = ValuesOf<typeof SETTINGS>;

/** A setting is wrong. The message names the variable and what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and validates the settings. Throws SettingsError with one line for each setting that is wrong. */
export function readSettings(env: Environment): Settings {
  const problems: string[] = [];
  // A variable that is wrong has its default in the values and a line in the problems. An empty one counts as unset.
  const read = (setting: Setting<unknown>): unknown => {
    try {
      return setting.read(env[setting.variable]?.trim() || undefined);
    } catch (error) {
      if (!(error instanceof NotTakenError)) throw error;
      problems.push(`${setting.variable} ${error.message}`);
      return setting.read(undefined);
    }
  };
  const values = valuesOf(SETTINGS, read);
  problems.push(...problemsBetween(values));
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return { ...values, agents: [...new Set([values.defaultAgent, ...values.agents])] };
}

/** What is wrong with settings that are right each by itself. */
function problemsBetween(settings: Settings): string[] {
  const aboutProviders = complaintAboutProviders(settings.providers, settings.providerModules);
  return [
    ...(aboutProviders === undefined ? [] : [aboutProviders]),
    ...problemsOfTheDoor(settings),
    ...problemsOfTls(settings),
    ...problemsOfOidc(settings),
  ];
}

function problemsOfTls({ tls: { cert, key } }: Settings): string[] {
  if ((cert === undefined) === (key === undefined)) return [];
  return ['SLIPWAY_TLS_CERT and SLIPWAY_TLS_KEY go together: set both, or neither'];
}

function problemsOfTheDoor({ host, trustProxy, hosts, auth }: Settings): string[] {
  if (isLoopbackHost(host)) return [];
  const missing = [
    ...(trustProxy.length === 0 && auth === 'none' ? ['SLIPWAY_TRUST_PROXY'] : []),
    ...(hosts.length === 0 ? ['SLIPWAY_HOSTS'] : []),
  ];
  if (missing.length === 0) return [];
  return [
    `HOST=${host} lets others in, and nothing asks who they are: leave HOST unset (127.0.0.1), or set SLIPWAY_AUTH=tokens (or oidc) and SLIPWAY_HOSTS, or put a proxy that authenticates in front and set SLIPWAY_TRUST_PROXY to its address and SLIPWAY_HOSTS to the names by which the service is reached (missing: ${missing.join(', ')})`,
  ];
}
