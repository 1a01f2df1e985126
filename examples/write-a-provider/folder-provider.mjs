/**
 * A provider of one's own: a sandbox is a folder with a clone, and its agent is one that answers at once.
 *
 *   SLIPWAY_PROVIDER_MODULES=folder=$PWD/examples/write-a-provider/folder-provider.mjs SLIPWAY_PROVIDERS=folder npm start
 *   npm run test:provider -- examples/write-a-provider/folder-provider.mjs
 *
 * It keeps the promises of src/providers/sandbox-provider.ts: whatever is made is named for the task, looked for before
 * it is made, and whole or not there at all, for a stage may run twice, in two processes at once.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Ids become names of folders and files, so they are looked at, whoever gives them. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A clone that is not whole yet: `<task id>.making-<any>`. */
const MAKING = '.making-';

/** What the service calls, once. See src/providers/provider-modules.ts for what it gives. */
export function createProvider({ id, dataDir, ProviderError, log }) {
  const folderOf = (taskId) => {
    if (!ID.test(taskId)) throw new ProviderError('bad_task_id', `${JSON.stringify(taskId)} is no task id.`);
    return join(dataDir, taskId);
  };
  const agentOf = (taskId) => join(folderOf(taskId), 'agent.json');
  const sessionOf = (taskId, sessionId) => {
    if (!ID.test(sessionId)) throw new ProviderError('bad_task_id', 'That is no session id.');
    return join(folderOf(taskId), `session-${sessionId}.json`);
  };

  const findSandbox = async (taskId, signal) => {
    signal.throwIfAborted();
    const made = await readJson(join(folderOf(taskId), 'sandbox.json'));
    return (
      made && { sandboxId: taskId, branchName: made.branchName, path: join(folderOf(taskId), 'checkout') }
    );
  };

  const needSandbox = async (taskId, signal) => {
    if (await findSandbox(taskId, signal)) return;
    throw new ProviderError('sandbox_missing', 'The folder of this task is gone; create a new task.', {
      retryable: false,
    });
  };

  /** A session lives in one run of the agent: released and started again, the agent has forgotten it. */
  const findSession = async ({ taskId, sessionId }, signal) => {
    signal.throwIfAborted();
    const [agent, session] = [await readJson(agentOf(taskId)), await readJson(sessionOf(taskId, sessionId))];
    return agent && session?.run === agent.run ? { agentSessionId: session.agentSessionId } : null;
  };

  return {
    id,
    agents: ['mock'],

    findSandbox,

    async createSandbox({ taskId, repoRemote, branchName, onBranch }, signal) {
      const found = await findSandbox(taskId, signal);
      if (found) return found;
      const making = `${folderOf(taskId)}${MAKING}${randomUUID()}`;
      await mkdir(making, { recursive: true, mode: 0o700 });
      try {
        // No helpers of git's but these two, no questions, and nothing that a caller wrote where an option may be.
        const config = [
          '-c',
          'protocol.allow=never',
          '-c',
          'protocol.https.allow=always',
          '-c',
          'protocol.file.allow=always',
        ];
        const from = onBranch === undefined ? [] : [`--branch=${onBranch}`];
        const options = { signal, env: { PATH: process.env.PATH, HOME: making, GIT_TERMINAL_PROMPT: '0' } };
        await run(
          'git',
          [...config, 'clone', '--quiet', ...from, '--', repoRemote, join(making, 'checkout')],
          options,
        );
        await run('git', ['-C', join(making, 'checkout'), 'checkout', '--quiet', '-b', branchName], options);
        await writeFile(join(making, 'sandbox.json'), JSON.stringify({ repoRemote, branchName }));
        // The step that counts. Whoever comes second finds a folder that is not empty.
        await rename(making, folderOf(taskId));
        log.info({ taskId }, 'folder made');
      } catch (error) {
        await rm(making, { recursive: true, force: true });
        signal.throwIfAborted();
        if (!(await findSandbox(taskId, signal)))
          throw new ProviderError(
            'git_failed',
            `The clone failed: ${String(error.stderr || error.message).slice(-300)}`,
          );
      }
      return findSandbox(taskId, signal);
    },

    async ensureAgent({ taskId }, signal) {
      signal.throwIfAborted();
      await needSandbox(taskId, signal);
      await writeOnce(agentOf(taskId), { run: randomUUID() });
      return {};
    },

    findSession,

    async createSession({ taskId, sessionId, prompt }, signal) {
      await needSandbox(taskId, signal);
      const agent = await readJson(agentOf(taskId));
      if (!agent) throw new ProviderError('agent_unhealthy', 'The agent of this folder does not run.');
      const found = await findSession({ taskId, sessionId }, signal);
      if (found) return found;
      const messages = [
        { role: 'user', text: prompt },
        { role: 'agent', text: `I have read ${prompt.length} characters, and that is all I can do.` },
      ];
      const file = sessionOf(taskId, sessionId);
      const old = await readJson(file);
      if (old && old.run !== agent.run) await rm(file, { force: true });
      const session = await writeOnce(file, { run: agent.run, agentSessionId: randomUUID(), messages });
      return { agentSessionId: session.agentSessionId };
    },

    async readSession({ taskId, sessionId }, signal) {
      signal.throwIfAborted();
      const session = await readJson(sessionOf(taskId, sessionId));
      if (!session) return { messages: [], state: 'unknown' };
      const isAlive = (await findSession({ taskId, sessionId }, signal)) !== null;
      return { messages: session.messages, state: isAlive ? 'idle' : 'dead' };
    },

    async releaseSandbox(taskId, signal) {
      signal.throwIfAborted();
      await rm(agentOf(taskId), { force: true });
    },

    async destroySandbox({ taskId, keepBranch }, signal) {
      const found = await findSandbox(taskId, signal);
      if (found && keepBranch)
        throw new ProviderError(
          'branch_not_kept',
          `This provider keeps no work; take it from ${found.path} first.`,
        );
      for (const name of await names(dataDir))
        if (name === taskId || name.startsWith(`${taskId}${MAKING}`))
          await rm(join(dataDir, name), { recursive: true, force: true });
      return {};
    },

    async listSandboxes(signal) {
      signal.throwIfAborted();
      const listed = [];
      for (const name of await names(dataDir)) {
        const [taskId] = name.split(MAKING);
        if (!ID.test(taskId)) continue;
        const running = name === taskId && (await readJson(agentOf(taskId))) !== null;
        listed.push({ taskId, sandboxId: taskId, complete: name === taskId, running });
      }
      return listed;
    },

    async close() {},
  };
}

/** The names in a folder; none where there is no such folder. */
async function names(folder) {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** What a file holds, or null when there is none. */
async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Writes the file unless it is there; resolves with what it holds. Whoever reads it finds all of it. */
async function writeOnce(file, value) {
  const found = await readJson(file);
  if (found) return found;
  const whole = `${file}.${randomUUID()}`;
  await writeFile(whole, JSON.stringify(value));
  try {
    await link(whole, file);
    return value;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return (await readJson(file)) ?? value;
  } finally {
    await rm(whole, { force: true });
  }
}
