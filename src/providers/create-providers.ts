import { join } from 'node:path';
import type { Logger } from 'pino';
import { SettingsError, type Settings } from '../platform/settings/settings.js';
import { gitProblem } from './local/host-tools.js';
import { createLocalProvider } from './local/local-provider.js';
import { loadProvider } from './provider-modules.js';
import { ProviderRegistry } from './provider-registry.js';
import type { SandboxProvider } from './sandbox-provider.js';
import { parseSimulatedFailures } from './simulated/simulated-failures.js';
import { createSimulatedProvider } from './simulated/simulated-provider.js';

/** What waits within a stage ends a little before the stage does: it knows what was waited for. */
const SHARE_OF_STAGE = 0.9;

/** The providers that the settings name. Rejects with SettingsError for a setting of theirs that is wrong. */
export async function createProviders(settings: Settings, log: Logger): Promise<ProviderRegistry> {
  const providers: SandboxProvider[] = [];
  for (const id of settings.providers) providers.push(await create(id, settings, log));
  return new ProviderRegistry(providers);
}

function create(id: string, settings: Settings, log: Logger): SandboxProvider | Promise<SandboxProvider> {
  const { git, mirrors, stages } = settings;
  const { dataDir, agents, localRepoRoots, localAgentEnv, allowPrivateHosts, simulated } = settings;
  if (id === 'local') {
    // Said at once; without a git that will do, each stage says so.
    void gitProblem({ PATH: process.env['PATH'] ?? '' }).then((problem) => {
      if (problem) log.error({ provider: id, code: problem.code }, problem.message);
    });
    return createLocalProvider({
      dataDir: join(dataDir, 'local'),
      hiddenDir: dataDir,
      agents,
      localRoots: localRepoRoots,
      agentEnv: localAgentEnv,
      allowPrivateHosts,
      fetchLimits: {
        lowSpeed: git.lowSpeedBytes === 0 ? undefined : { bytes: git.lowSpeedBytes, seconds: git.lowSpeedS },
        mostBytes: git.mostBytes,
      },
      serverStartMs: stages.ensure_agent.timeoutMs * SHARE_OF_STAGE,
      agentAnswerMs: stages.create_session.timeoutMs * SHARE_OF_STAGE,
      mostUncommittedBytes: settings.mostUncommittedBytes,
      mirrorUpkeep:
        mirrors.upkeepS === 0
          ? undefined
          : {
              everyMs: mirrors.upkeepS * 1_000,
              expireMs: mirrors.expireDays === 0 ? undefined : mirrors.expireDays * 86_400_000,
            },
      log: log.child({ provider: id }),
    });
  }
  const own = settings.providerModules.find(({ name }) => name === id);
  if (own) {
    const dataDirOfIt = join(dataDir, 'providers', id);
    return loadProvider(own.file, { id, dataDir: dataDirOfIt, log: log.child({ provider: id }) });
  }
  if (!id.startsWith('simulated'))
    throw new SettingsError(`SLIPWAY_PROVIDERS: there is no provider ${JSON.stringify(id)}`);
  // Each has sandboxes of its own.
  const file = simulated.file ?? join(dataDir, 'simulated', 'sandboxes');
  return createSimulatedProvider({
    id,
    file: id === 'simulated' ? file : `${file}.${id}`,
    latencyMs: simulated.latencyMs,
    ledger: simulated.ledger,
    failures: parseSimulatedFailures(simulated.failures ?? '', id),
  });
}
