import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractedProvider, ListedSandbox } from './contracted-provider.js';

/** For calls that nobody stops. */
export const never: AbortSignal = new AbortController().signal;

/** Makes the provider, on what others that were made on the folder have left: it stands for another process. */
export type OpenProvider = (folder: string) => ContractedProvider | Promise<ContractedProvider>;

/** What the cases of one contract share: a folder, a repository, and the providers that they have opened. */
export class Bench {
  private readonly opened: ContractedProvider[] = [];
  private madeFolder?: string;
  private madeRemote?: string;

  constructor(
    private readonly create: OpenProvider,
    private readonly givenRemote: string | undefined,
    readonly agentType: string,
  ) {}

  /** Another provider on the same state. */
  async open(): Promise<ContractedProvider> {
    const provider = await this.create(this.folder);
    this.opened.push(provider);
    return provider;
  }

  /** All that a task with this id asks for. */
  specs(taskId: string = randomUUID()) {
    return {
      taskId,
      repoRemote: this.repoRemote,
      branchName: `feat/${taskId.slice(0, 8)}`,
      agentType: this.agentType,
      sandboxId: '',
      sessionId: randomUUID(),
      keepBranch: false,
    };
  }

  /** A sandbox with its agent and a session. */
  async provision(provider: ContractedProvider, spec = this.specs()) {
    const { sandboxId } = await provider.createSandbox(spec, never);
    await provider.ensureAgent({ ...spec, sandboxId }, never);
    const { agentSessionId } = await provider.createSession({ ...spec, sandboxId }, never);
    return { ...spec, sandboxId, agentSessionId };
  }

  async listed(taskId: string): Promise<ListedSandbox | undefined> {
    const all = await (await this.open()).listSandboxes(never);
    return all.find((sandbox) => sandbox.taskId === taskId);
  }

  /** Destroys every sandbox that is there, closes all providers and removes the folder. */
  async clear(): Promise<void> {
    if (this.madeFolder === undefined) return;
    const last = await this.open();
    for (const { taskId } of await last.listSandboxes(never))
      await last.destroySandbox({ taskId, keepBranch: false }, never);
    await Promise.all(this.opened.map((provider) => provider.close()));
    rmSync(this.madeFolder, { recursive: true, force: true });
  }

  private get folder(): string {
    return (this.madeFolder ??= mkdtempSync(join(tmpdir(), 'slipway-contract-')));
  }

  private get repoRemote(): string {
    return this.givenRemote ?? (this.madeRemote ??= makeRepository(join(this.folder, 'repo')));
  }
}

/** A repository with one commit on `main`, whatever git is configured to on this machine. */
function makeRepository(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'README.md'), '# Demo\n');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const who = ['-c', 'user.name=Contract', '-c', 'user.email=contract@example.com'];
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '--all'],
    [...who, 'commit', '--quiet', '--message=Begin'],
  ])
    execFileSync('git', args, { cwd: path, env, stdio: ['ignore', 'ignore', 'pipe'] });
  return path;
}
