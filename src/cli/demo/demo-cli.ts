import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SlipwayClient, TaskRecord } from '@slipway/client';
import { Command } from 'commander';
import { pause } from '../../platform/clock.js';
import { packageFolder } from '../../platform/version.js';
import { findService } from '../find-service.js';
import { readRuntime } from '../../app/runtime-file.js';
import { print, printText } from '../output.js';
import { StageDrawing, isSettled } from '../tasks/stage-drawing.js';

const run = promisify(execFile);
/** Of the bundle and of the modules. */
const PROJECT = packageFolder();
const START_LIMIT_MS = 180_000;
const ANSWER_LIMIT_MS = 60_000;

interface Options {
  repo?: string;
  prompt: string;
  agent?: string;
  dataDir: string;
}

/** `slipway demo`: one task from beginning to end, with nothing to prepare. */
export function demoCommand(): Command {
  return new Command('demo')
    .option('--repo <remote>', 'the repository (default: one that is made for it)')
    .option(
      '--prompt <text>',
      'what to ask the agent',
      'docs: say in one paragraph what this repository is about',
    )
    .option('--agent <type>', 'agent type (default: mock, which needs no key and no network)')
    .addHelpText(
      'after',
      `
It has a service and a data directory of its own (./.slipway/demo, or --data-dir), unless SLIPWAY_URL names a service.
Its agent runs in a container where a Docker engine with the image for sandboxes is here (npm run image:sandbox builds
it), else as a process of yours.

Example:
  slipway demo --prompt '!say hello'`,
    )
    .action(async (options: Omit<Options, 'dataDir'>, command: Command) => {
      const { dataDir = './.slipway/demo' } = command.optsWithGlobals<{ dataDir?: string }>();
      process.exitCode = await demo({ ...options, dataDir });
    });
}

/** One task on a real git repository, watched in the terminal from the create to the agent's answer. */
async function demo({ repo, prompt, agent, dataDir }: Options): Promise<number> {
  const data = resolve(dataDir);
  const place = process.env.SLIPWAY_URL === undefined ? await placeOfAgents() : undefined;
  const service = place && (await startOwnService(data, place.providers));
  try {
    const api = await findService(data);
    const repoRemote = repo ?? (await ownRepository(join(data, 'repositories')));
    print(`Slipway at ${api.url}`);
    print(`repository ${repoRemote}`);
    print(`prompt     ${prompt}`);
    if (place) print(`sandbox    ${place.said}`);
    print();

    const begun = performance.now();
    const created = await api.createTask({ task: prompt, repoRemote, agentType: agent });
    print(`POST /v1/tasks answered in ${(performance.now() - begun).toFixed(1)} ms: task ${created.taskId}`);
    print();

    const settled = await watchUntilSettled(api, created.taskId);
    if (settled.status !== 'running') {
      print();
      print(settled.statusMessage);
      print(`Try: slipway tasks retry ${settled.taskId}`);
      return 1;
    }
    await showAnswer(api, settled);
    showWhereToLook(settled, data, place?.providers);
    return 0;
  } finally {
    await service?.stop();
  }
}

/** Where the demo's agent runs: in a container if that can be, else as we do. */
async function placeOfAgents(): Promise<{ readonly providers: string; readonly said: string }> {
  const { dockerProblem } = await import('../../providers/docker/docker-problem.js');
  const { readSettings } = await import('../../platform/settings/settings.js');
  const { docker } = readSettings(process.env);
  const missing = await dockerProblem(docker);
  return missing === null
    ? { providers: 'docker,local', said: `a container of ${docker.image} (provider docker)` }
    : {
        providers: 'local',
        said: `a process of yours (provider local). For a container: ${missing.message}`,
      };
}

/** The demo has a service and a data directory of its own, so that it neither needs nor touches another. */
async function startOwnService(dataDir: string, providers: string): Promise<{ stop(): Promise<void> }> {
  const roots = join(dataDir, 'repositories');
  await mkdir(roots, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [join(PROJECT, 'dist/main.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      LOG_LEVEL: 'warn',
      ...process.env,
      PORT: '0',
      SLIPWAY_DATA_DIR: dataDir,
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      SLIPWAY_PROVIDERS: providers,
    },
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  process.once('SIGINT', () => void stop().then(() => process.exit(130)));
  const deadline = Date.now() + START_LIMIT_MS;
  while ((await readRuntime(dataDir))?.pid !== child.pid) {
    if (child.exitCode !== null) throw new Error('The service did not start; it says why above.');
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`The service did not start within ${START_LIMIT_MS / 1_000} s.`);
    }
    await pause(50);
  }
  return { stop };
}

/** A bare clone of this project, or without a checkout of it a repository with its README; made once, then used again. */
async function ownRepository(roots: string): Promise<string> {
  const clone = join(roots, 'slipway.git');
  if (existsSync(clone)) return clone;
  if (existsSync(join(PROJECT, '.git'))) {
    await run('git', ['clone', '--quiet', '--bare', '--no-hardlinks', '--', PROJECT, clone]);
    return clone;
  }
  const work = join(roots, 'slipway');
  await mkdir(work, { recursive: true });
  await copyFile(join(PROJECT, 'README.md'), join(work, 'README.md'));
  const git = (...args: string[]) => run('git', ['-C', work, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', 'README.md');
  const author = ['-c', 'user.name=slipway', '-c', 'user.email=slipway@localhost'];
  await git(...author, 'commit', '--quiet', '--no-gpg-sign', '-m', 'docs: what Slipway is');
  await run('git', ['clone', '--quiet', '--bare', '--no-hardlinks', '--', work, clone]);
  return clone;
}

async function watchUntilSettled(api: SlipwayClient, taskId: string): Promise<TaskRecord> {
  const drawing = new StageDrawing();
  try {
    for await (const record of api.watchTask(taskId, { onLink: (link) => drawing.link(link) })) {
      drawing.update(record);
      if (isSettled(record.status)) return record;
    }
    throw new Error('The live updates ended.');
  } finally {
    drawing.end();
  }
}

async function showAnswer(api: SlipwayClient, task: TaskRecord): Promise<void> {
  const deadline = Date.now() + ANSWER_LIMIT_MS;
  for (;;) {
    const { messages, state } = await api.getTranscript(task.taskId, task.sessionId);
    const said = messages.filter(({ role }) => role === 'agent').map(({ text }) => text);
    // Not busy and nothing said: its turn has not begun yet.
    if ((state !== 'busy' && said.length > 0) || Date.now() > deadline) {
      print();
      print(`The agent (${task.agentType}) says:`);
      print();
      printText(said.join('\n') || '(nothing yet)', '    ');
      print();
      return;
    }
    await pause(100);
  }
}

/** @param providers of the demo's own service, if it has one */
function showWhereToLook(task: TaskRecord, dataDir: string, providers: string | undefined): void {
  print(`checkout  ${task.sandboxPath ?? '(not on this machine)'}`);
  print(`branch    ${task.branchName}`);
  print(`session   ${task.sessionId}`);
  if (providers === undefined) return;
  const env = `SLIPWAY_DATA_DIR=${dataDir}`;
  print();
  printText(
    `The demo's service stops now; the sandbox and its agent go on without it. To look on:
  ${env} SLIPWAY_PROVIDERS=${providers} npx slipway up     then open http://127.0.0.1:3000/
  ${env} npx slipway tasks show ${task.taskId}
  ${env} npx slipway tasks kill ${task.taskId}     removes sandbox, agent and checkout`,
    '',
  );
}
