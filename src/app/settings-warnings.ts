import leven from 'leven';
import { stat } from 'node:fs/promises';
import type { Settings } from '../platform/settings/settings.js';
import { settingsIn } from '../platform/settings/setting.js';
import { SETTINGS } from '../platform/settings/settings-table.js';

const OURS = /^SLIPWAY_/;
/** Variables of ours that are no settings of the service: the CLI's, a sandbox's. */
const OTHERS = ['SLIPWAY_URL', 'SLIPWAY_TOKEN', 'SLIPWAY_SANDBOX'];
/** What sandbox-agent installs, and our own mock. A newer one may know more: this is for warnings only. */
const AGENTS = ['mock', 'claude', 'codex', 'opencode', 'amp', 'pi', 'cursor'];

/** What is allowed and yet most likely a mistake: a line each, in words. Looks at the disk for the roots. */
export async function settingsWarnings(
  env: Readonly<Record<string, string | undefined>>,
  settings: Settings,
): Promise<string[]> {
  const { localAgentEnv, localRepoRoots, agents, defaultAgent, providers } = settings;
  const warnings = unknownVariables(env, localAgentEnv);
  if (!providers.includes('local')) return warnings;
  for (const name of localAgentEnv) {
    if (!env[name])
      warnings.push(`SLIPWAY_LOCAL_AGENT_ENV names ${name}, which is unset: agents go without it`);
  }
  for (const agent of agents.filter((name) => !AGENTS.includes(name))) {
    const variable = agent === defaultAgent ? 'SLIPWAY_DEFAULT_AGENT' : 'SLIPWAY_AGENTS';
    warnings.push(
      `${variable}: ${agent} is none of the agents that are known (${AGENTS.join(', ')})${meant(nearest(agent, AGENTS))}`,
    );
  }
  for (const root of localRepoRoots) {
    const complaint = await stat(root).then(
      (found) => (found.isDirectory() ? undefined : 'is no directory'),
      (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? 'does not exist' : `cannot be looked at (${error.code})`,
    );
    if (complaint !== undefined)
      warnings.push(`SLIPWAY_LOCAL_REPO_ROOTS: ${root} ${complaint}: no repository below it can be used`);
  }
  return warnings;
}

/** Variables that begin as ours do and are none of ours, with the one that was probably meant. */
function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  named: readonly string[],
): string[] {
  const known = settingsIn(SETTINGS).map(({ variable }) => variable);
  const accepted = new Set([...known, ...OTHERS, ...named]);
  return Object.keys(env)
    .filter((name) => OURS.test(name) && !accepted.has(name))
    .map((name) => {
      // SLIPWAY_PORT means PORT, whatever is spelt like it.
      const bare = name.replace(OURS, '');
      const wanted = known.includes(bare) ? bare : nearest(name, [...known, ...OTHERS]);
      return `${name} is no setting and has no effect${meant(wanted)}`;
    });
}

const meant = (name: string | undefined): string => (name === undefined ? '' : `: did you mean ${name}?`);

/** The nearest of the names, unless none is near: a third of the letters may differ. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const withDistance = names.map((candidate) => ({ candidate, distance: leven(name, candidate) }));
  const best = withDistance.reduce((a, b) => (b.distance < a.distance ? b : a));
  return best.distance <= Math.max(2, name.replace(OURS, '').length / 3) ? best.candidate : undefined;
}
