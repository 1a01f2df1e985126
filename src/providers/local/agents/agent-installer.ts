import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../events/provider-error.js';
import { firstOf } from '../../../platform/aborts.js';
import { pause } from '../../../platform/clock.js';
import { writeText } from '../../../platform/plain-files.js';
import { reasonOf } from '../../../platform/reason.js';
import { runProgram, RunTimeoutError } from '../../../platform/run-program.js';
import { visible } from '../../../platform/visible-text.js';
import { lockFolder } from '../folder-lock.js';
import type { LocalLog } from '../local-log.js';
import { folderOf, type KnownAgent, knownAgent } from './known-agents.js';

/** npm has its own limits for a network that is silent; this one is for everything together. */
const INSTALL_MS = 1_800_000;
const LONGEST_REASON = 1_000;
/** What of npm's own settings may come from our environment: where packages come from, not what is done with them. */
const NPM_SETTING =
  /^npm_config_((@.*|\/\/.*|registry|fetch_[a-z_]+|userconfig|globalconfig|cache|(https?_)?proxy|noproxy|ca|cafile|cert|key|strict_ssl))$/i;
const OTHER_SETTING =
  /^(PATH|HOME|LANG|TMPDIR|XDG_[A-Z_]+|(https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/i;

export interface InstallerOptions {
  /** Where agents are installed, once for all sandboxes; services on one machine may share it. */
  readonly agentsDir: string;
  /** How long one caller waits, in milliseconds: what it waits for goes on. */
  readonly patienceMs: number;
  /** Fires when installing is to stop, because we do. */
  readonly closed: AbortSignal;
  readonly log?: LocalLog;
}

/**
 * Installs agents once a machine: one at a time of each, across processes, and whole or not at all. Whoever needs one waits
 * for it; that they give up stops nobody, since the next attempt needs it as well.
 */
export class AgentInstaller {
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(private readonly options: InstallerOptions) {}

  /**
   * The folder that the agent is installed in; undefined for an agent that is none of ours to install.
   * @throws ProviderError when it cannot be installed, or is not yet; or the signal's reason
   */
  async ensure(agentType: string, signal: AbortSignal): Promise<string | undefined> {
    const agent = knownAgent(agentType);
    if (agent === undefined) return undefined;
    const folder = folderOf(this.options.agentsDir, agentType, agent);
    if (await isInstalled(folder, agent)) return folder;
    const work = this.underWay.get(agentType) ?? this.begin(agentType, agent, folder);
    await firstOf<void>(
      signal,
      () => work,
      async (over) => {
        await pause(this.options.patienceMs, over);
        throw failed(agentType, 'it takes long. It goes on, and the next attempt waits for it.');
      },
    );
    return folder;
  }

  private begin(agentType: string, agent: KnownAgent, folder: string): Promise<void> {
    const work = this.install(agentType, agent, folder).finally(() => this.underWay.delete(agentType));
    this.underWay.set(agentType, work);
    // Also when nobody waits any more.
    work.catch((error: unknown) =>
      this.options.log?.warn({ agentType, reason: reasonOf(error) }, 'not installed'),
    );
    return work;
  }

  private async install(agentType: string, agent: KnownAgent, folder: string): Promise<void> {
    const { agentsDir, closed, log } = this.options;
    const lock = await lockFolder(agentsDir, `${agentType}.lock`, closed).catch((error: unknown) => {
      throw failed(agentType, `${agentsDir} cannot be written: ${reasonOf(error)}`);
    });
    try {
      if (await isInstalled(folder, agent)) return;
      await removeLeftovers(agentsDir, agentType);
      const started = Date.now();
      log?.info({ agentType, version: agent.version, folder }, 'installing an agent, once for all sandboxes');
      const fresh = `${folder}.${randomBytes(4).toString('hex')}.new`;
      await mkdir(fresh, { mode: 0o755 });
      try {
        await this.runNpm(agentType, agent, fresh);
        // What is there and not whole is none that somebody uses.
        await rm(folder, { recursive: true, force: true });
        await rename(fresh, folder);
      } catch (error) {
        await rm(fresh, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
        throw error;
      }
      log?.info({ agentType, ms: Date.now() - started }, 'an agent was installed');
    } finally {
      lock.release();
    }
  }

  private async runNpm(agentType: string, agent: KnownAgent, folder: string): Promise<void> {
    await writeText(join(folder, 'package.json'), '{"private":true}\n');
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--no-progress', '--loglevel=error'];
    // No script of a package runs: not here, where it would be one of us.
    const args = ['install', '--ignore-scripts', '--prefix', folder, ...quiet];
    const { code, stdout, stderr } = await runProgram(
      'npm',
      [...args, '--', `${agent.package}@${agent.version}`],
      {
        cwd: folder,
        env: npmEnvironment(process.env),
        signal: this.options.closed,
        timeoutMs: INSTALL_MS,
      },
    ).catch((error: unknown) => {
      throw this.options.closed.aborted ? error : failed(agentType, couldNotRun(error));
    });
    if (code !== 0) throw failed(agentType, `npm ended with ${code}. ${endOf(stderr || stdout)}`);
    if (!(await isInstalled(folder, agent))) {
      throw failed(agentType, `${agent.package} ${agent.version} has no program for linux-${process.arch}.`);
    }
  }
}

/** A power cut may have left the names of files that hold nothing. */
async function isInstalled(folder: string, { program }: KnownAgent): Promise<boolean> {
  const found = await stat(join(folder, program)).catch(() => undefined);
  return found !== undefined && found.isFile() && found.size > 0;
}

/** Of installers that were killed: whoever has the lock is alone. */
async function removeLeftovers(agentsDir: string, agentType: string): Promise<void> {
  for (const name of await readdir(agentsDir)) {
    if (!name.startsWith(`${agentType}-`) || !name.endsWith('.new')) continue;
    await rm(join(agentsDir, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** What npm needs of an environment: no keys of ours, and nothing that would have it install otherwise. */
export function npmEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (NPM_SETTING.test(name) || OTHER_SETTING.test(name)) ? [[name, value]] : [],
    ),
  );
}

function couldNotRun(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT')
    return 'there is no npm on the PATH of the service.';
  return error instanceof RunTimeoutError ? `${error.message}.` : reasonOf(error);
}

/** The end of what was printed, on one line. */
function endOf(output: string): string {
  const line = visible(output.trim().replace(/\s*\n\s*/g, ' | '));
  return line.length > LONGEST_REASON ? `… ${line.slice(-LONGEST_REASON)}` : line;
}

function failed(agentType: string, why: string): ProviderError {
  const message = `The agent "${agentType}" could not be installed: ${why}`;
  return new ProviderError('agent_install_failed', message, { retryable: true });
}
