/** What the recorded tasks go through: each scenario has a service of its own, real ones all. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { register } from 'node:module';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAgents, ServiceUnderRecording } from './service-under-recording.mjs';

const SOON = { SLIPWAY_BACKOFF_FIRST_MS: '50', SLIPWAY_BACKOFF_CAP_MS: '200' };

/** By name: records on a service of the checkout and resolves with it, running, or with null where the checkout is too old. */
export const SCENARIOS = {
  /** From create to running; sessions asked for early and late; archive, kill, both. */
  async life(checkout) {
    const service = await started(checkout, { SLIPWAY_SIMULATED_LATENCY_MS: '50' });
    const [plain, early, archived, killed, both, keptBranch] = await Promise.all(
      Array.from({ length: 6 }, () => service.create()),
    );
    for (let sessions = 0; sessions < 2; sessions++)
      await service.command(early, 'sessions', { prompt: 'and the tests' });
    await service.command(killed, 'kill');
    for (const taskId of [plain, early, archived, both, keptBranch]) await service.is(taskId, 'running');
    await service.command(plain, 'sessions', { prompt: 'now the documents' });
    for (const taskId of [plain, early])
      await service.is(taskId, (task) => task.sessions.every(({ state }) => state === 'ready'));
    await service.command(archived, 'archive');
    await service.command(both, 'archive');
    await service.is(both, 'archived');
    await service.command(both, 'kill');
    await service.command(keptBranch, 'kill', { keepBranch: true });
    await service.is(archived, 'archived');
    for (const taskId of [killed, both, keptBranch]) await service.is(taskId, 'killed');
    return service;
  },

  /** What was said in a killed task is erased. */
  async erased(checkout) {
    const service = await started(checkout, { SLIPWAY_SIMULATED_LATENCY_MS: '50' });
    const taskId = await service.create();
    await service.is(taskId, 'running');
    await service.command(taskId, 'kill', { discardChanges: true });
    await service.is(taskId, 'killed');
    await service.command(taskId, 'erase');
    return service;
  },

  /** Archived and brought back: from running, with sessions open and one that still waits, and from before it ran. */
  async resumed(checkout) {
    const service = await started(checkout, { SLIPWAY_SIMULATED_LATENCY_MS: '300' });
    const [worked, early, killed] = await Promise.all(Array.from({ length: 3 }, () => service.create()));
    await service.is(early, 'init_create_sandbox');
    await service.command(early, 'archive');
    for (const taskId of [worked, killed]) await service.is(taskId, 'running');
    await service.is(worked, (task) => task.activity === 'idle');
    await service.command(worked, 'sessions', { prompt: 'and the tests' });
    for (const taskId of [worked, killed]) await service.command(taskId, 'archive');
    for (const taskId of [worked, early, killed]) await service.is(taskId, 'archived');
    for (const taskId of [worked, early, killed]) await service.command(taskId, 'resume');
    await service.command(killed, 'kill');
    await service.is(killed, 'killed');
    for (const taskId of [worked, early])
      await service.is(
        taskId,
        (task) => task.status === 'running' && task.sessions.every(({ state }) => state === 'ready'),
      );
    for (const taskId of [worked, early]) await service.is(taskId, (task) => task.activity === 'idle');
    return service;
  },

  /** Sandboxes that stop by themselves: woken by a prompt and a session, archived for good, killed, and one that grew old. */
  async sleeping(checkout) {
    const service = await started(checkout, { SLIPWAY_SIMULATED_LATENCY_MS: '50' });
    const asleep = (task) => task.status === 'sleeping';
    const idle = { idleStopAfter: 2 };
    const [woken, archived, killed] = await Promise.all([1, 2, 3].map(() => service.create(idle)));
    const old = await service.create({ maxAge: 3 });
    for (const taskId of [woken, archived, killed, old]) await service.is(taskId, asleep);
    const { sessionId } = await service.task(woken);
    await service.command(woken, `sessions/${sessionId}/prompts`, { text: 'and the tests' });
    await service.is(woken, (task) => task.status === 'running' && task.activity === 'idle');
    await service.is(woken, asleep);
    await service.command(woken, 'sessions', {});
    await service.is(woken, (task) => task.status === 'running');
    await service.command(archived, 'archive');
    await service.command(killed, 'kill');
    await service.is(archived, 'archived');
    await service.is(killed, 'killed');
    await service.is(woken, asleep);
    return service;
  },

  /** Somebody types in a shell, which keeps the sandbox awake for a while. */
  async typed(checkout) {
    if (!existsSync(join(checkout, 'src/commands/note-typing.ts'))) return null;
    const roots = mkdtempSync(join(tmpdir(), 'slipway-history-repos-'));
    leftovers.push(() => rmSync(roots, { recursive: true, force: true }));
    const repoRemote = repository(join(roots, 'shop'));
    const service = await started(checkout, {
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      SLIPWAY_TERMINAL_IDLE_S: '3',
    });
    const taskId = await service.create({ repoRemote, idleStopAfter: 20 });
    await service.is(taskId, (task) => task.status === 'running' && task.activity === 'idle');
    const { WebSocket } = await import('ws');
    const address = `${service.runtime.httpUrl.replace('http', 'ws')}/v1/tasks/${taskId}/terminal`;
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(JSON.stringify({ event: 'input', data: { text: 'true\r' } }));
    const typed = async () => {
      const { items } = await service.ask('GET', `/v1/tasks/${taskId}/history?limit=200`);
      return items.some(({ type }) => type === 'TerminalUsed');
    };
    await service.until('what was typed to be noted', typed);
    socket.close();
    await service.is(taskId, (task) => task.status === 'sleeping');
    return service;
  },

  /** Tasks that wait for room: let in one after the other, killed and archived while they wait, resumed when it is full. */
  async queued(checkout) {
    const service = await started(checkout, {
      SLIPWAY_SIMULATED_LATENCY_MS: '50',
      SLIPWAY_LIMIT_LIVE_TASKS: '1',
    });
    const isWaiting = ({ queue }) => queue?.for === 'live_tasks';
    const tasks = [];
    for (let count = 0; count < 5; count++) tasks.push(await service.create());
    await service.is(tasks[0], 'running');
    for (const taskId of tasks.slice(1)) await service.is(taskId, isWaiting);
    await service.command(tasks[2], 'kill');
    await service.command(tasks[3], 'archive');
    await service.is(tasks[3], 'archived');
    await service.command(tasks[0], 'archive');
    await service.is(tasks[1], 'running');
    await service.command(tasks[0], 'resume');
    await service.is(tasks[0], isWaiting);
    await service.command(tasks[1], 'kill');
    await service.is(tasks[4], 'running');
    await service.command(tasks[4], 'kill');
    await service.is(tasks[0], 'running');
    return service;
  },

  /** Changes that are seen after a turn, when asked, and not where the checkout cannot be read. */
  async changes(checkout) {
    const roots = mkdtempSync(join(tmpdir(), 'slipway-history-repos-'));
    leftovers.push(() => rmSync(roots, { recursive: true, force: true }));
    const shop = repository(join(roots, 'shop'));
    const service = await started(checkout, {
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
    });
    const fields = { repoRemote: shop, task: '!write new.txt new', permissionPolicy: 'allow_all' };
    const [archived, killed] = await Promise.all([service.create(fields), service.create(fields)]);
    for (const taskId of [archived, killed]) await service.is(taskId, ({ changes }) => changes?.files === 1);
    const { sandboxPath } = await service.task(archived);
    writeFileSync(join(sandboxPath, 'more.txt'), 'more\n');
    await service.command(archived, 'changes/refresh');
    await service.is(archived, ({ changes }) => changes.files === 2);
    execFileSync('mkfifo', [join(sandboxPath, '.gitignore')]);
    await service.command(archived, 'changes/refresh');
    await service.is(archived, ({ changesProblem }) => changesProblem !== null);
    await service.command(archived, 'archive', { discardChanges: true });
    await service.is(archived, 'archived');
    await service.command(killed, 'kill', { discardChanges: true });
    await service.is(killed, 'killed');
    return service;
  },

  /** Attempts that fail and succeed; that are used up, retried, archived, killed; on the ways out as well. */
  async failures(checkout) {
    const failures =
      'ensure_name=fail:1, ensure_agent=fail:3, create_session=fail:4, release=fail:2, destroy=fail:1';
    const service = await started(checkout, { SLIPWAY_SIMULATED_FAILURES: failures, ...SOON });
    const tasks = await Promise.all(Array.from({ length: 4 }, () => service.create()));
    for (const taskId of tasks) await service.is(taskId, 'error');
    const [retried, archived, killed, givenUp] = tasks;
    await service.command(retried, 'retry');
    const isThrough = (task) =>
      task.status === 'running' || (task.status === 'error' && task.stage === 'create_session');
    // Earlier versions count attempts otherwise.
    const { status } = await service.is(retried, isThrough);
    if (status === 'error') await service.command(retried, 'retry');
    await service.is(retried, 'running');
    // A further session fails as the first one did, in its own time.
    await service.command(retried, 'sessions', { prompt: 'and the tests' });
    await service.is(retried, (task) => task.sessions.every(({ state }) => /ready|error/.test(state)));
    await service.command(archived, 'archive');
    await service.is(archived, 'archived');
    await service.command(killed, 'kill');
    await service.is(killed, 'killed');
    await service.is(givenUp, 'error');
    return service;
  },

  /** Setups: one that ends well, one that fails and is given up, one that fails once, one that a kill overtakes. */
  async setup(checkout) {
    const service = await started(checkout, {
      SLIPWAY_SIMULATED_FAILURES: 'run_setup=fail:1',
      SLIPWAY_STAGE_RUN_SETUP_ATTEMPTS: '2',
      SLIPWAY_SIMULATED_LATENCY_MS: '100',
      ...SOON,
    });
    const [well, wrong, retried, killed, archived] = await Promise.all([
      service.create({ setup: 'npm ci' }),
      service.create({ setup: 'npm ci\nexit 3' }),
      service.create({ setup: 'exit 4' }),
      service.create({ setup: 'npm ci' }),
      service.create({ setup: 'npm ci' }),
    ]);
    await service.is(killed, ({ stage }) => stage === 'run_setup');
    await service.command(killed, 'kill');
    await service.is(archived, ({ stage }) => stage === 'run_setup');
    await service.command(archived, 'archive');
    await service.is(archived, 'archived');
    await service.command(archived, 'resume');
    for (const taskId of [wrong, retried]) await service.is(taskId, 'error');
    await service.command(retried, 'retry');
    await service.is(retried, 'error');
    for (const taskId of [well, archived]) await service.is(taskId, 'running');
    await service.is(killed, 'killed');
    return service;
  },

  /** Stages that never answer: time-outs, what overtakes them, a restart and a kill in their midst. */
  async hanging(checkout) {
    const hang = { SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' };
    const short = {
      SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS: '300',
      SLIPWAY_STAGE_CREATE_SANDBOX_ATTEMPTS: '2',
    };
    const service = await started(checkout, { ...SOON, ...hang, ...short });
    const [timedOut, toRetry] = [await service.create(), await service.create()];
    for (const taskId of [timedOut, toRetry]) await service.is(taskId, 'error');
    await service.stop();
    const patient = { SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS: '60000' };
    await service.start(patient);
    const stuck = [];
    for (let count = 0; count < 4; count++) stuck.push(await service.create());
    for (const taskId of stuck) await service.is(taskId, 'init_create_sandbox');
    await service.command(stuck[0], 'kill');
    await service.is(stuck[0], 'killed');
    await service.command(stuck[1], 'archive');
    await service.is(stuck[1], 'archived');
    await service.stop();
    await service.start(patient);
    await service.stop('SIGKILL');
    await service.start({ ...patient, SLIPWAY_SIMULATED_FAILURES: '' });
    await service.command(toRetry, 'retry');
    for (const taskId of [toRetry, stuck[2], stuck[3]]) await service.is(taskId, 'running');
    return service;
  },

  /** Ways out whose attempts are used up, and a retry of each. */
  async ['ways-out-refused'](checkout) {
    const few = { SLIPWAY_STAGE_RELEASE_SANDBOX_ATTEMPTS: '2', SLIPWAY_STAGE_DESTROY_SANDBOX_ATTEMPTS: '2' };
    const refuse = 'release=refuse, destroy=refuse';
    const service = await started(checkout, { ...SOON, ...few, SLIPWAY_SIMULATED_FAILURES: refuse });
    const [archived, killed, overtaken] = await Promise.all(
      Array.from({ length: 3 }, () => service.create()),
    );
    for (const taskId of [archived, killed, overtaken]) await service.is(taskId, 'running');
    for (const taskId of [archived, overtaken]) await service.command(taskId, 'archive');
    await service.command(killed, 'kill');
    for (const taskId of [archived, killed, overtaken]) await service.is(taskId, 'error');
    await service.stop();
    await service.start({ SLIPWAY_SIMULATED_FAILURES: '' });
    await service.command(archived, 'retry');
    await service.command(killed, 'retry');
    await service.command(overtaken, 'kill');
    await service.is(archived, 'archived');
    for (const taskId of [killed, overtaken]) await service.is(taskId, 'killed');
    return service;
  },

  /** A provider that is not there any more, and is there again. */
  async ['provider-missing'](checkout) {
    const both = { SLIPWAY_PROVIDERS: 'simulated,simulated-2' };
    const hang = 'simulated-2/create_sandbox=hang';
    const attempts = { SLIPWAY_STAGE_CREATE_SANDBOX_ATTEMPTS: '2' };
    const service = await started(checkout, {
      ...SOON,
      ...both,
      ...attempts,
      SLIPWAY_SIMULATED_FAILURES: hang,
    });
    const taskId = await service.create({ providerId: 'simulated-2' });
    await service.is(taskId, 'init_create_sandbox');
    await service.stop();
    await service.start({ SLIPWAY_PROVIDERS: 'simulated', SLIPWAY_SIMULATED_FAILURES: '' });
    await service.is(taskId, 'error');
    await service.stop();
    await service.start({ SLIPWAY_SIMULATED_FAILURES: '' });
    await service.command(taskId, 'retry');
    await service.is(taskId, 'running');
    return service;
  },

  /** Real git and real agents: what remotes and branches have to say, and agents that die. */
  async local(checkout) {
    const roots = mkdtempSync(join(tmpdir(), 'slipway-history-repos-'));
    leftovers.push(() => rmSync(roots, { recursive: true, force: true }));
    const shop = repository(join(roots, 'shop'));
    const closed = await closedPort();
    const service = await started(checkout, {
      ...SOON,
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      SLIPWAY_ALLOW_PRIVATE_HOSTS: 'true',
      SLIPWAY_AGENTS: 'mock,ghost',
      SLIPWAY_AUDIT_EVERY_S: '1',
    });
    const failing = await Promise.all(
      [
        { repoRemote: join(roots, 'nothing') },
        { repoRemote: 'https://nowhere.invalid/acme/shop.git' },
        { repoRemote: `https://127.0.0.1:${closed}/acme/shop.git` },
        { repoRemote: shop, onBranch: 'no-such-branch' },
        { repoRemote: shop, branchName: 'taken' },
        { repoRemote: shop, branchName: 'taken/too' },
        { repoRemote: shop, agentType: 'ghost' },
      ].map((fields) => service.create(fields)),
    );
    const running = await Promise.all(
      Array.from({ length: 3 }, () => service.create({ repoRemote: shop, task: 'taken too' })),
    );
    for (const taskId of failing) await service.is(taskId, 'error');
    const [dying, archived, killed] = running;
    for (const taskId of running) await service.is(taskId, 'running');
    killAgents(dying);
    await service.is(dying, (task) => task.sessions[0].state === 'error');
    await service.command(dying, 'sessions', { prompt: 'go on' });
    await service.is(dying, (task) => task.sessions[1]?.state === 'ready');
    await service.command(archived, 'archive');
    await service.is(archived, 'archived');
    const { sandboxPath } = await service.task(killed);
    writeFileSync(join(sandboxPath, 'work.txt'), 'not committed\n');
    for (const taskId of [killed, archived, dying])
      await service.command(taskId, 'kill', { keepBranch: true });
    for (const taskId of [killed, archived, dying]) await service.is(taskId, 'killed');
    return service;
  },

  /** What is done with the work: pushed and not, a pull request that is opened after a while, changes and is looked at. */
  async delivery(checkout) {
    if (!existsSync(join(checkout, 'src/sagas/actions'))) return null;
    register('../contract/providers/typescript.mjs', import.meta.url);
    const [{ GitHost }, { HostingApi }] = await Promise.all(
      ['git-host', 'hosting-api'].map((name) => import(`../support/${name}.ts`)),
    );
    const root = mkdtempSync(join(tmpdir(), 'slipway-history-repos-'));
    leftovers.push(() => rmSync(root, { recursive: true, force: true }));
    const shop = repository(join(root, 'shop'));
    execFileSync('git', ['clone', '--quiet', '--bare', shop, join(root, 'acme/shop.git')]);
    execFileSync('git', ['config', 'http.receivepack', 'true'], { cwd: join(root, 'acme/shop.git') });
    const api = new HostingApi(root, 'right-token');
    const host = await GitHost.start({ root, api: api.handle });
    leftovers.unshift(() => host.stop());
    const service = await started(checkout, {
      ...SOON,
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: 'true',
      SLIPWAY_GIT_HOSTS: `${host.name}=github`,
      GIT_SSL_CAINFO: host.certificate,
      NODE_EXTRA_CA_CERTS: host.certificate,
    });
    const credentials = `/v1/workspaces/default/credentials/${host.name}`;
    await service.ask('PUT', credentials, { kind: 'https', token: 'right-token' });
    const [worked, idle, archived] = await Promise.all(
      Array.from({ length: 3 }, () => service.create({ repoRemote: `${host.url}/acme/shop.git` })),
    );
    for (const taskId of [worked, idle, archived]) await service.is(taskId, 'running');
    const isDone = (state) => (task) => task.action?.state === state;
    await service.command(idle, 'push');
    await service.is(idle, isDone('error'));
    const { sandboxPath } = await service.task(worked);
    writeFileSync(join(sandboxPath, 'work.txt'), 'not committed\n');
    // The way to the remote is closed once: it is tried again.
    host.failures = 1;
    await service.command(worked, 'push', { message: 'The work' });
    await service.is(worked, isDone('done'));
    api.next.push([502, { message: 'Bad gateway' }]);
    await service.command(worked, 'pull-request', { title: 'The work', draft: true });
    await service.is(worked, (task) => task.action.kind === 'pull_request' && task.action.state === 'done');
    api.pullRequests[0].state = 'merged';
    await service.command(worked, 'pull-request/refresh');
    await service.is(worked, (task) => task.pullRequest.state === 'merged');
    await service.command(archived, 'archive');
    await service.is(archived, 'archived');
    return service;
  },

  /** Work that is kept, and given up later. */
  async ['kept-deleted'](checkout) {
    if (!existsSync(join(checkout, 'src/commands/delete-kept.ts'))) return null;
    const roots = mkdtempSync(join(tmpdir(), 'slipway-history-repos-'));
    leftovers.push(() => rmSync(roots, { recursive: true, force: true }));
    const shop = repository(join(roots, 'shop'));
    const service = await started(checkout, {
      ...SOON,
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
    });
    const taskId = await service.create({ repoRemote: shop });
    await service.is(taskId, 'running');
    const { sandboxPath } = await service.task(taskId);
    writeFileSync(join(sandboxPath, 'work.txt'), 'not committed\n');
    await service.command(taskId, 'kill', { keepBranch: true });
    await service.is(taskId, 'killed');
    await service.ask('DELETE', `/v1/tasks/${taskId}/kept`).catch((error) => {
      // There is nothing to say, so the answer is empty.
      if (!(error instanceof SyntaxError)) throw error;
    });
    await service.is(taskId, (task) => task.kept === null);
    return service;
  },

  /** A task that ends every process that works on it: given up, and retried when the cause is mended. */
  async poison(checkout) {
    const killer = join(checkout, 'test/crash/killer.mjs');
    if (!existsSync(killer)) return null;
    const service = prepared(checkout, { ...SOON, SLIPWAY_SIMULATED_LATENCY_MS: '200' });
    const crash = { CRASH_FILE: join(service.dataDir, 'crash') };
    await service.start(crash, killer);
    const tasks = await Promise.all(Array.from({ length: 3 }, () => service.create()));
    writeFileSync(crash.CRASH_FILE, `effect.before 1 ${tasks[1]}`);
    service.child.kill('SIGUSR2');
    await service.until('the first end', () => service.isOver);
    for (let lives = 0; lives < 12; lives++) {
      await service.start(crash, killer).catch(() => undefined);
      let isGivenUp = false;
      await service.until('the next end, or to be given up', async () => {
        if (service.isOver) return true;
        isGivenUp = await service.task(tasks[1]).then(
          ({ status }) => status === 'error',
          () => false,
        );
        return isGivenUp;
      });
      if (isGivenUp) break;
    }
    for (const taskId of [tasks[0], tasks[2]]) await service.is(taskId, 'running');
    rmSync(crash.CRASH_FILE);
    await service.stop();
    await service.start();
    await service.command(tasks[1], 'retry');
    await service.is(tasks[1], 'running');
    return service;
  },

  /** An event that nobody can read: its task stays where it is, and no other. */
  async undecodable(checkout) {
    const service = await started(checkout, {});
    const [victim, other] = [await service.create(), await service.create()];
    for (const taskId of [victim, other]) await service.is(taskId, 'running');
    const { EventStoreDBClient, jsonEvent } = await import('@eventstore/db-client');
    const client = EventStoreDBClient.connectionString(service.runtime.eventStoreUrl);
    const data = { sessionId: 7, note: 'by somebody who does not know the schema' };
    await client.appendToStream(
      `task-${victim}`,
      jsonEvent({ id: randomUUID(), type: 'SessionRequested', data }),
    );
    await client.dispose();
    await service.until('the message to be parked', () =>
      /SessionRequested/.test(service.cli('parked', 'list')),
    );
    await service.command(other, 'archive');
    await service.is(other, 'archived');
    return service;
  },
};

async function started(checkout, env) {
  const service = prepared(checkout, env);
  await service.start();
  return service;
}

function prepared(checkout, env) {
  const service = new ServiceUnderRecording(checkout, env);
  leftovers.unshift(() => service.dispose());
  return service;
}

const leftovers = [];

/** Ends what scenarios have started and removes what they have made, whether they came to their end or not. */
export async function tidyUp() {
  for (const tidy of leftovers.splice(0)) await tidy();
}

/** A repository with one commit on `main`, and a branch `taken`. */
export function repository(path) {
  mkdirSync(path);
  writeFileSync(join(path, 'README.md'), '# A shop\n');
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    [...author, 'commit', '--quiet', '-m', 'Begin'],
    ['branch', 'taken'],
  ])
    execFileSync('git', args, { cwd: path, stdio: 'ignore' });
  return path;
}

/** A port on which nobody listens. */
async function closedPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
