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
import { eventually } from './eventually.js';
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
  ...(await Promise.all(MODULES.map(adapterOfModule))),
];

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
    prompt: 'Say something',
    keepBranch: false,
  });
  const provision = async (provider: SandboxProvider, spec = specs()) => {
    const { sandboxId } = await provider.createSandbox(spec, never);
    await provider.ensureAgent({ ...spec, sandboxId }, never);
    const session = await provider.createSession({ ...spec, sandboxId }, never);
    return { ...spec, sandboxId, agentSessionId: session.agentSessionId };
  };
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
    expect(await provider.readSession(spec, never)).toEqual({ messages: [], state: 'unknown' });
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

  it('answers the prompt and then is idle', async () => {
    const provider = open();
    const spec = await provision(provider);
    const transcript = await eventually(async () => {
      const read = await provider.readSession(spec, never);
      return read.state === 'idle' && read;
    }, 'an answer');
    expect(transcript.messages[0]).toEqual({ role: 'user', text: 'Say something' });
    expect(transcript.messages.slice(1).every(({ role, text }) => role === 'agent' && text !== '')).toBe(
      true,
    );
    expect(transcript.messages.length).toBeGreaterThan(1);
  });

  it('holds several sessions in one sandbox', async () => {
    const provider = open();
    const spec = await provision(provider);
    const more = { ...spec, sessionId: randomUUID(), prompt: 'And more' };
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
    expect(await provider.readSession(spec, never)).toMatchObject({ state: 'dead' });
    await provider.ensureAgent(spec, never);
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
