import { access, chmod, constants, mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { complaintAboutNode } from '../../app/node-version.js';
import { FAILURES } from '../../events/failure-codes.js';
import { settingsWarnings } from '../../app/settings-warnings.js';
import { readSettings, SettingsError, type Settings } from '../../platform/settings/settings.js';
import { gitProblem, probeIsolation, probeTools } from '../../providers/local/host-tools.js';
import { sandboxUser } from '../../providers/local/sandbox-user.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** Below this the service still works and should be looked after, in bytes. */
const LITTLE_ROOM = 2 * 1024 ** 3;
/** Below this its stores stop taking anything before long, in bytes. */
const NO_ROOM = 256 * 1024 ** 2;
const RECOMMENDED_NODE = 24;

type Environment = Readonly<Record<string, string | undefined>>;

/** The Node that runs this, which is the one that runs the service too where it is started the same way. */
export function checkNode(version = process.versions.node): Finding {
  const complaint = complaintAboutNode(version);
  if (complaint !== undefined) return problem('node', complaint, 'Install Node 24 from https://nodejs.org/.');
  const isRecommended = Number(version.split('.')[0]) >= RECOMMENDED_NODE;
  return ok('node', isRecommended ? version : `${version} (24 is recommended: it is a third faster)`);
}

/** The settings, as they are here: the service's may differ where it is started with other variables. */
export async function checkSettings(env: Environment): Promise<{ findings: Finding[]; settings?: Settings }> {
  try {
    const settings = readSettings(env);
    const warnings = await settingsWarnings(env, settings);
    const findings = warnings.map((line) => warning('settings', line, 'Set it right, or unset it.'));
    return {
      findings: findings.length > 0 ? findings : [ok('settings', 'every one is understood')],
      settings,
    };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const lines = error.message.split('\n');
    return {
      findings: lines.map((line) => problem('settings', line, 'The service does not start with it.')),
    };
  }
}

/** Whether there is a data directory that can be written, or can be made, and room on its disk. Changes nothing. */
export async function checkDataDirectory(dataDir: string): Promise<Finding[]> {
  const advice = 'Choose another one with SLIPWAY_DATA_DIR or --data-dir, or give this user the rights.';
  let there = dataDir;
  while (!(await isThere(there)) && dirname(there) !== there) there = dirname(there);
  try {
    if (!(await stat(there)).isDirectory())
      return [problem('data directory', `${there} is no directory`, advice)];
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [problem('data directory', `${there} cannot be used by this user (${code})`, advice)];
  }
  const state = there === dataDir ? dataDir : `${dataDir} is not there yet; the first start makes it`;
  return [ok('data directory', state), await checkRoom(there)];
}

async function checkRoom(directory: string): Promise<Finding> {
  const { bavail, bsize, blocks } = await statfs(directory);
  if (blocks === 0)
    return problem(
      'disk',
      `${directory} is on a file system that keeps nothing`,
      'Choose a directory on a disk.',
    );
  const free = bavail * bsize;
  const said = `${gigabytes(free)} of ${gigabytes(blocks * bsize)} are free`;
  const advice =
    'Make room: events, mirrors and checkouts grow. "slipway sandboxes audit" and "kept list" show what can go.';
  if (free < NO_ROOM) return problem('disk', said, advice);
  return free < LITTLE_ROOM ? warning('disk', said, advice) : ok('disk', said);
}

/** What providers need that make their checkouts on this machine. */
export async function checkCheckouts(env: Environment): Promise<Finding[]> {
  const path = pathOf(env);
  const git = await gitProblem(path);
  if (git !== null) return [problem('git', git.message, 'Until then every task of it fails.')];
  const { locks } = await probeTools(path);
  return [
    ok('git', 'new enough'),
    locks
      ? ok('flock', 'there')
      : warning(
          'flock',
          'not on the PATH',
          'Install util-linux: several processes cannot share mirrors without it.',
        ),
  ];
}

/** How far the local provider can keep agents apart from everything else. */
export async function checkLocalProvider(env: Environment, ownUsers: boolean): Promise<Finding> {
  // A folder stands for everything that agents of a service see and do not see.
  const folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  try {
    const [stage, data, temp] = ['stage', 'data', 'temp'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const cwd = join(data, 'sandbox');
    for (const each of [stage, cwd, temp]) await mkdir(each, { recursive: true });
    await chmod(folder, 0o711);
    const user = sandboxUser('none');
    const view = { stage, data, temp, cwd, writable: [cwd], readable: [], runnable: [], user };
    const isolation = await probeIsolation(pathOf(env), view, [process.execPath], { ownUsers });
    const seen = 'agents see their own sandbox and nothing else of Slipway';
    if (isolation === 'user') return ok('isolation', `${seen}, each as a user of its own`);
    if (isolation === 'view' && process.geteuid?.() === 0)
      return warning(
        'isolation',
        `${seen}, but run as root`,
        'Set SLIPWAY_LOCAL_USERS=true and install util-linux, run Slipway as another user, or use SLIPWAY_PROVIDERS=docker.',
      );
    return isolation === 'view'
      ? ok('isolation', seen)
      : warning(
          'isolation',
          isolation === 'none' ? 'no namespaces here' : 'no mount namespaces here',
          'Agents can read and write all that Slipway stores. Allow unprivileged user namespaces, or use SLIPWAY_PROVIDERS=docker.',
        );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where agents of `docker` would run: the engine, and the image for sandboxes. */
export async function checkDocker({ docker, providers }: Settings): Promise<Finding> {
  const { dockerProblem } = await import('../../providers/docker/docker-problem.js');
  const missing = await dockerProblem(docker);
  if (!providers.includes('docker')) {
    // Nobody has asked for it: it is worth a word where it would work.
    const detail =
      missing === null ? 'is here and not used: SLIPWAY_PROVIDERS=docker,local isolates agents' : 'not used';
    return ok('docker', detail);
  }
  if (missing === null) return ok('docker', `the engine answers and has ${docker.image}`);
  return problem('docker', missing.message, `${FAILURES[missing.code].advice} See docs/docker.md.`);
}

const pathOf = ({ PATH }: Environment): { PATH: string } => ({ PATH: PATH ?? '' });

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  );

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
