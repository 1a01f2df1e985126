import { afterAll, beforeAll } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPort } from '../../../src/providers/local/agent-request.js';
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';
import type { LocalOptions } from '../../../src/providers/local/local-host.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { makeRepository } from './repository.js';

export const never = new AbortController().signal;

/** A temporary folder with a repository, and providers on one data folder in it; all is destroyed at the end. */
export function useLocalProvider(files?: Record<string, string>) {
  const opened: SandboxProvider[] = [];
  const fixture = {
    dir: '',
    dataDir: '',
    repository: '',
    /** A provider of its own, as after a restart. */
    open(options: Partial<LocalOptions> = {}): SandboxProvider {
      const provider = createLocalProvider({
        dataDir: fixture.dataDir,
        localRoots: [fixture.dir],
        ...options,
      });
      opened.push(provider);
      return provider;
    },
    spec(more: Partial<ReturnType<typeof newSpec>> = {}) {
      return { ...newSpec(fixture.repository), ...more };
    },
    sandbox: (taskId: string, ...path: string[]) => join(fixture.dataDir, 'sandboxes', taskId, ...path),
    /** What Slipway keeps about the sandbox, outside of it. */
    records: (taskId: string, ...path: string[]) => join(fixture.dataDir, 'records', taskId, ...path),
    pidOf: (taskId: string) =>
      Number(readFileSync(fixture.records(taskId, 'agent.pid'), 'utf8').split(' ')[0]),
    /** Where the sandbox's agent server answers. */
    addressOf(taskId: string) {
      const text = readFileSync(fixture.records(taskId, 'runtime.json'), 'utf8');
      const { port, token } = JSON.parse(text) as { port: number; token: string };
      return onPort(port, token);
    },
    async provision(provider: SandboxProvider, spec: ReturnType<typeof newSpec>) {
      await provider.createSandbox(spec, never);
      await provider.ensureAgent(spec, never);
      return provider.createSession(spec, never);
    },
    /** Another Slipway, in a process of its own, that provisions the task and prints each stage. */
    startProgram(spec: object): ChildProcess {
      const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
      const args = ['--import', here('typescript.mjs'), here('provision-program.ts')];
      return spawn(process.execPath, [...args, fixture.dataDir, fixture.dir, JSON.stringify(spec)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    },
  };
  beforeAll(() => {
    fixture.dir = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-local-')));
    fixture.dataDir = join(fixture.dir, 'data');
    fixture.repository = makeRepository(join(fixture.dir, 'repo'), files);
  });
  afterAll(async () => {
    const provider = fixture.open();
    for (const { taskId } of await provider.listSandboxes(never)) {
      await provider.destroySandbox({ taskId, keepBranch: false }, never);
    }
    await Promise.all(opened.map((each) => each.close()));
    rmSync(fixture.dir, { recursive: true, force: true });
  });
  return fixture;
}

function newSpec(repoRemote: string) {
  const taskId: string = randomUUID();
  return {
    taskId,
    repoRemote,
    branchName: `feat/${taskId.slice(0, 8)}`,
    onBranch: undefined as string | undefined,
    agentType: 'mock',
    sandboxId: `local-${taskId}`,
    sessionId: randomUUID() as string,
  };
}
