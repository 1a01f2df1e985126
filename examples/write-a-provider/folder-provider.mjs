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
import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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

    async createSession({ taskId, sessionId }, signal) {
      await needSandbox(taskId, signal);
      const agent = await readJson(agentOf(taskId));
      if (!agent) throw new ProviderError('agent_unhealthy', 'The agent of this folder does not run.');
      const found = await findSession({ taskId, sessionId }, signal);
      if (found) return found;
      const file = sessionOf(taskId, sessionId);
      const old = await readJson(file);
      if (old && old.run !== agent.run) await rm(file, { force: true });
      const session = await writeOnce(file, { run: agent.run, agentSessionId: randomUUID(), events: [] });
      return { agentSessionId: session.agentSessionId };
    },

    /** What is said in a session is a list of numbered events in its file. The lock sees to it that one process writes them. */
    async attachSession({ taskId, sessionId }, { start }, signal) {
      await needSandbox(taskId, signal);
      const release = await lock(`${dataDir} ${sessionId}`, signal);
      const file = sessionOf(taskId, sessionId);
      const [agent, session] = [await readJson(agentOf(taskId)), await readJson(file)];
      const lives = agent !== null && session?.run === agent.run;
      if (agent === null || session === null || (!lives && !start)) {
        release();
        return null;
      }
      // An agent that was started again takes the session up with all that was said, as one that can `session/load`.
      if (!lives) await replaceJson(file, Object.assign(session, { run: agent.run, events: [] }));
      // A signal that has fired already never fires again.
      if (signal.aborted) release();
      // eslint-disable-next-line no-restricted-syntax -- an example stands by itself: the rule's helpers are the service's
      signal.addEventListener('abort', release, { once: true });
      return channelOf(file, session, lives ? 'same' : 'load', signal);
    },

    async openedSessions(signal) {
      const opened = [];
      for (const taskId of await names(dataDir)) {
        signal.throwIfAborted();
        if (!ID.test(taskId) || !(await readJson(agentOf(taskId)))) continue;
        for (const name of await names(folderOf(taskId))) {
          const sessionId = /^session-(.*)\.json$/.exec(name)?.[1] ?? '';
          if (ID.test(sessionId)) opened.push({ taskId, sessionId });
        }
      }
      return opened;
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

/** How one speaks to the agent, which answers each prompt at once and can do nothing else. */
function channelOf(file, session, how, detached) {
  const heard = new EventEmitter();
  const nothing = async () => {};
  return {
    instance: session.run,
    agentSessionId: session.agentSessionId,
    how,
    ...(how !== 'same' && { choices: { modes: [], models: [] } }),
    async prompt(promptId, text, signal) {
      signal.throwIfAborted();
      const cursor = session.events.length;
      const answer = `I have read ${text.length} characters, and that is all I can do.`;
      session.events.push(
        { cursor: cursor + 1, type: 'said', text: answer },
        { cursor: cursor + 2, type: 'turn_ended', promptId, stopReason: 'end_turn' },
      );
      await replaceJson(file, session);
      heard.emit('more');
    },
    cancel: nothing,
    answer: nothing,
    setMode: nothing,
    setModel: nothing,
    end: nothing,
    async *events(after, signal) {
      const over = AbortSignal.any([signal, detached]);
      for (let last = after; !over.aborted;) {
        const more = once(heard, 'more', { signal: over }).catch(() => undefined);
        for (const event of session.events.slice(last)) yield event;
        last = Math.max(last, session.events.length);
        await more;
      }
    },
  };
}

/** Waits until nobody else has the name. It is a socket without a file (Linux), which the kernel takes back from whoever dies. */
async function lock(name, signal) {
  for (;;) {
    signal.throwIfAborted();
    const server = createServer().unref();
    const path = `\0slipway-folder-${createHash('sha256').update(name).digest('hex')}`;
    const got = await new Promise((resolve) =>
      server.once('error', () => resolve(false)).listen(path, () => resolve(true)),
    );
    if (got) return () => server.close();
    await setTimeout(100, undefined, { signal }).catch(() => undefined);
  }
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

/** Writes the file; whoever reads it finds all of it, old or new. */
async function replaceJson(file, value) {
  const whole = `${file}.${randomUUID()}`;
  await writeFile(whole, JSON.stringify(value));
  await rename(whole, file);
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
