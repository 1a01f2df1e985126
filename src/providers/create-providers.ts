import { join } from 'node:path';
import type { Logger } from 'pino';
import { SettingsError, type Settings } from '../platform/settings/settings.js';
import type { DockerOptions } from './docker/docker-options.js';
import { gitProblem } from './local/host-tools.js';
import { createLocalProvider } from './local/local-provider.js';
import type { CredentialSource } from '../repository/credentials/credentials.js';
import type { EnvSource } from '../repository/credentials/project-envs.js';
import { loadProvider } from './provider-modules.js';
import { ProviderRegistry } from './provider-registry.js';
import type { SandboxProvider } from './sandbox-provider.js';
import { parseSimulatedFailures } from './simulated/simulated-failures.js';
import { createSimulatedProvider } from './simulated/simulated-provider.js';

/** What waits within a stage ends a little before the stage does: it knows what was waited for. */
const SHARE_OF_STAGE = 0.9;

/** What is kept sealed and opened for a sandbox alone. */
export interface Secrets {
  readonly credentials?: CredentialSource;
  readonly envs?: EnvSource;
}

/** The providers that the settings name. Rejects with SettingsError for a setting of theirs that is wrong. */
export async function createProviders(
  settings: Settings,
  log: Logger,
  secrets: Secrets = {},
): Promise<ProviderRegistry> {
  const providers: SandboxProvider[] = [];
  for (const id of settings.providers) providers.push(await create(id, settings, log, secrets));
  return new ProviderRegistry(providers);
}

function create(
  id: string,
  settings: Settings,
  log: Logger,
  secrets: Secrets,
): SandboxProvider | Promise<SandboxProvider> {
  const { dataDir, docker, simulated } = settings;
  if (id === 'local' || id === 'docker') {
    // Said at once; without a git that will do, each stage says so.
    void gitProblem({ PATH: process.env['PATH'] ?? '' }).then((problem) => {
      if (problem) log.error({ provider: id, code: problem.code }, problem.message);
    });
    const options = { ...optionsHere(settings, secrets), log: log.child({ provider: id }) };
    if (id === 'local')
      return createLocalProvider({
        ...options,
        dataDir: join(dataDir, 'local'),
        hiddenDir: dataDir,
        ownUsers: settings.localUsers,
      });
    return createDocker({ ...options, ...docker, dataDir: join(dataDir, 'docker') });
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

/** What speaks to engines is loaded where there is one to speak to. */
async function createDocker(options: DockerOptions): Promise<SandboxProvider> {
  const { createDockerProvider } = await import('./docker/docker-provider.js');
  return createDockerProvider(options);
}

/** What providers need whose checkouts lie on this machine. */
function optionsHere(settings: Settings, { credentials, envs }: Secrets) {
  const { dataDir, git, mirrors, stages } = settings;
  const { agents, localAgentsDir, localRepoRoots, localAgentEnv, allowPrivateHosts } = settings;
  return {
    agents,
    agentsDir: localAgentsDir ?? join(dataDir, 'agents'),
    agentInstallMs: stages.ensure_agent.timeoutMs * SHARE_OF_STAGE,
    localRoots: localRepoRoots,
    agentEnv: localAgentEnv,
    allowPrivateHosts,
    credentials,
    envs,
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
  };
}
