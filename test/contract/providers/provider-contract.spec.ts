import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { ProviderError } from '../../../src/events/provider-error.js';
import type { CreateProvider } from '../../../src/providers/provider-modules.js';
import { createSimulatedProvider } from '../../../src/providers/simulated/simulated-provider.js';
import { createDockerProvider } from '../../../src/providers/docker/docker-provider.js';
import { Attached } from './attached.js';
import { dockerOptions, HAS_ENGINE } from './docker-fixture.js';
import { makeRepository } from './repository.js';

const never = new AbortController().signal;

/** Modules of one's own: the example, and what `npm run test:provider -- <file>` names. */
const MODULES = [
  ...new Set([
    resolve('examples/write-a-provider/folder-provider.mjs'),
    ...(process.env.PROVIDER_MODULE ? [resolve(process.env.PROVIDER_MODULE)] : []),
  ]),
];

async function adapterOfModule(file: string): Promise<[string, (dir: string) => SandboxProvider]> {
  const { createProvider } = (await import(file)) as { createProvider: CreateProvider };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const id = basename(file, extname(file));
  return [
    file,
    (dir) => createProvider({ id, dataDir: join(dir, id), ProviderError, log }) as SandboxProvider,
  ];
}

/** Every adapter keeps the port's promises, so the saga need not know which one it talks to. */
const ADAPTERS: [string, (dir: string) => SandboxProvider][] = [
  ['simulated', (dir) => createSimulatedProvider({ file: join(dir, 'sandboxes') })],
  ['local', (dir) => createLocalProvider({ dataDir: join(dir, 'local'), localRoots: [dir] })],
  [
    'local without PID namespaces',
    (dir) => createLocalProvider({ dataDir: join(dir, 'local'), localRoots: [dir], namespaces: false }),
  ],
  ...(HAS_ENGINE
    ? ([['docker', (dir) => createDockerProvider(dockerOptions(join(dir, 'docker'), dir))]] as [
        string,
        (dir: string) => SandboxProvider,
      ][])
    : []),
  ...(await Promise.all(MODULES.map(adapterOfModule))),
];

// By name, so that a run without an engine shows what it left out.
if (!HAS_ENGINE)
  describe.skip('the docker provider (skipped: no engine)', () => it.todo('keeps the contract'));

describe.each(ADAPTERS)('the %s provider', (_, create) => {
  let dir: string;
  let repoRemote: string;
  const opened: SandboxProvider[] = [];
  const open = () => {
    const provider = create(dir);
    opened.push(provider);
    return provider;
  };
  const specs = (taskId: string = randomUUID()) => ({
    taskId,
    repoRemote,
    branchName: `feat/${taskId.slice(0, 8)}`,
    agentType: 'mock',
    sandboxId: '',
    sessionId: randomUUID(),
    keepBranch: false,
  });
  const provision = async (provider: SandboxProvider, spec = specs()) => {
    const { sandboxId } = await provider.createSandbox(spec, never);
    await provider.ensureAgent({ ...spec, sandboxId }, never);
    const session = await provider.createSession({ ...spec, sandboxId }, never);
    return { ...spec, sandboxId, agentSessionId: session.agentSessionId };
  };
  const sessionOf = ({ taskId, sessionId }: ReturnType<typeof specs>) => ({ taskId, sessionId });
  const listed = async (taskId: string) =>
    (await open().listSandboxes(never)).find((sandbox) => sandbox.taskId === taskId);

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'slipway-contract-'));
    repoRemote = makeRepository(join(dir, 'repo'));
  });
  afterAll(async () => {
    for (const { taskId } of await open().listSandboxes(never)) {
      await open().destroySandbox({ taskId, keepBranch: false }, never);
    }
    await Promise.all(opened.map((provider) => provider.close()));
    rmSync(dir, { recursive: true, force: true });
  });

  it('finds nothing where nothing was made, and has nothing to release or destroy there', async () => {
    const provider = open();
    const spec = specs();
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
    expect(await provider.findSession(spec, never)).toBeNull();
    expect(await provider.openedSessions(never)).not.toContainEqual(sessionOf(spec));
    await provider.releaseSandbox(spec.taskId, never);
    await provider.destroySandbox(spec, never);
    expect(await listed(spec.taskId)).toBeUndefined();
  });

  it('makes sandbox, agent and session once, however often and by whomever it is asked', async () => {
    const spec = specs();
    const [first, second] = [open(), open()];
    await provision(first, spec);
    const again = await provision(first, spec);
    const other = await provision(second, spec);
    expect(other).toEqual(again);
    expect(await second.findSandbox(spec.taskId, never)).toMatchObject({ sandboxId: again.sandboxId });
    expect(await second.findSession(again, never)).toEqual({ agentSessionId: again.agentSessionId });
    expect(await listed(spec.taskId)).toEqual({
      taskId: spec.taskId,
      sandboxId: again.sandboxId,
      complete: true,
      running: true,
    });
  });

  it('runs a setup once, tells a failure with its output, and repeats that only for another run', async () => {
    const provider = open();
    const spec = specs();
    // Not every provider can: the saga then says so.
    if (!provider.runSetup) return expect(['simulated', 'local', 'docker']).not.toContain(provider.id);
    const { sandboxId } = await provider.createSandbox(spec, never);
    const setup = { taskId: spec.taskId, sandboxId, commands: 'echo no\nexit 3', run: 1 };
    for (const each of [provider, open(), provider])
      await expect(each.runSetup!(setup, never)).rejects.toMatchObject({
        code: 'setup_failed',
        retryable: false,
        output: expect.stringContaining('no') as never,
      });
    const well = { ...setup, commands: 'echo yes', run: 2 };
    const first = await provider.runSetup(well, never);
    expect(first.output).toContain('yes');
    expect(await open().runSetup!(well, never)).toEqual(first);
    if (provider.setupOutput) expect(await open().setupOutput!(spec.taskId, never)).toContain('yes');
    const over = AbortSignal.abort(new Error('stopped'));
    await expect(provider.runSetup({ ...setup, run: 3 }, over)).rejects.toThrow('stopped');
    await provider.destroySandbox(spec, never);
    await expect(provider.runSetup({ ...setup, run: 4 }, never)).rejects.toMatchObject({
      code: 'sandbox_missing',
    });
  });

  it('lists an opened session, has one at a time attached to it, and answers prompts in their order', async () => {
    const [first, second] = [open(), open()];
    const spec = { ...(await provision(first)), recap: async () => 'What was said.' };
    expect(await second.openedSessions(never)).toContainEqual(sessionOf(spec));
    const over = new AbortController();
    const attached = new Attached((await first.attachSession(spec, { start: false }, over.signal))!, over);
    expect(attached.channel).toMatchObject({ how: 'same', agentSessionId: spec.agentSessionId });
    const later = new AbortController();
    let isFree = false;
    const waiting = second.attachSession(spec, { start: false }, later.signal).finally(() => (isFree = true));
    const ids = [await attached.prompt('Say something'), await attached.prompt('And more')];
    await attached.next('turn_ended', 2);
    expect(attached.all('turn_ended').map(({ promptId }) => promptId)).toEqual(ids);
    expect(attached.text).not.toBe('');
    const cursors = attached.events.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
    expect(isFree).toBe(false);
    await attached.detach();
    const again = new Attached((await waiting)!, later, attached.events.at(-1)!.cursor);
    const promptId = await again.prompt('And again');
    await again.next('turn_ended');
    expect(again.all('turn_ended')).toMatchObject([{ promptId }]);
    await again.detach();
  });

  it('holds several sessions in one sandbox', async () => {
    const provider = open();
    const spec = await provision(provider);
    const more = { ...spec, sessionId: randomUUID() };
    const { agentSessionId } = await provider.createSession(more, never);
    expect(agentSessionId).not.toBe(spec.agentSessionId);
    expect(await provider.findSession(spec, never)).toEqual({ agentSessionId: spec.agentSessionId });
    expect(await provider.findSession(more, never)).toEqual({ agentSessionId });
  });

  it('releases: nothing runs, the sandbox is still there, its sessions are dead', async () => {
    const provider = open();
    const spec = await provision(provider);
    await provider.releaseSandbox(spec.taskId, never);
    await provider.releaseSandbox(spec.taskId, never);
    expect(await listed(spec.taskId)).toMatchObject({ complete: true, running: false });
    expect(await provider.findSandbox(spec.taskId, never)).not.toBeNull();
    expect(await provider.findSession(spec, never)).toBeNull();
    expect(await provider.openedSessions(never)).not.toContainEqual(sessionOf(spec));
    await provider.ensureAgent(spec, never);
    expect(await provider.openedSessions(never)).toContainEqual(sessionOf(spec));
    expect(await listed(spec.taskId)).toMatchObject({ complete: true, running: true });
  });

  it('destroys everything, also twice', async () => {
    const provider = open();
    const spec = await provision(provider);
    await provider.destroySandbox(spec, never);
    await provider.destroySandbox(spec, never);
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
    expect(await provider.findSession(spec, never)).toBeNull();
    expect(await listed(spec.taskId)).toBeUndefined();
  });

  it('needs a sandbox before an agent, and says so for good', async () => {
    const provider = open();
    const spec = specs();
    const missing = { name: 'ProviderError', code: 'sandbox_missing', retryable: false };
    await expect(provider.ensureAgent(spec, never)).rejects.toMatchObject(missing);
    await expect(provider.createSession(spec, never)).rejects.toMatchObject(missing);
  });

  it('rejects with the reason of an aborted signal and leaves nothing behind', async () => {
    const provider = open();
    const spec = specs();
    const reason = new Error('no longer wanted');
    const gone = AbortSignal.abort(reason);
    await expect(provider.createSandbox(spec, gone)).rejects.toBe(reason);
    await expect(provider.ensureAgent(spec, gone)).rejects.toBe(reason);
    await expect(provider.findSandbox(spec.taskId, gone)).rejects.toBe(reason);
    await expect(provider.listSandboxes(gone)).rejects.toBe(reason);
    expect(reason).not.toBeInstanceOf(ProviderError);
    expect(await listed(spec.taskId)).toBeUndefined();
  });
});
