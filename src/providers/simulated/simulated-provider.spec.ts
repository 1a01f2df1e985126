import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxProvider } from '../sandbox-provider.js';
import { parseSimulatedFailures } from './simulated-failures.js';
import { createSimulatedProvider, type SimulatedOptions } from './simulated-provider.js';

const never = new AbortController().signal;
let dir: string;
let opened: SandboxProvider[];

const open = (options: Partial<SimulatedOptions> & { fail?: string } = {}): SandboxProvider => {
  const provider = createSimulatedProvider({
    file: join(dir, 'sandboxes'),
    ledger: join(dir, 'ledger'),
    failures: parseSimulatedFailures(options.fail ?? ''),
    ...options,
  });
  opened.push(provider);
  return provider;
};
const specs = (taskId: string = randomUUID()) => ({
  taskId,
  repoRemote: 'https://h.example/a',
  branchName: 'feat/a',
  sandboxId: `sim-${taskId}`,
  agentType: 'mock',
  sessionId: randomUUID(),
  prompt: 'Do it',
  keepBranch: false,
});
const provision = async (provider: SandboxProvider, spec = specs()) => {
  await provider.nameSandbox!(spec.taskId, never);
  await provider.createSandbox(spec, never);
  await provider.ensureAgent(spec, never);
  await provider.createSession(spec, never);
  return spec;
};
const ledger = (): string[][] =>
  readFileSync(join(dir, 'ledger'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-simulated-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((provider) => provider.close()));
  rmSync(dir, { recursive: true });
});

describe('the simulated provider', () => {
  it('writes one ledger line for each execution of a stage and none for work found done', async () => {
    const provider = open();
    const spec = await provision(provider);
    await provision(provider, spec);
    const lines = ledger();
    expect(lines.map(([task, stage]) => [task, stage])).toEqual(
      ['0', '1', '2', '3'].map((n) => [spec.taskId, n]),
    );
    for (const [, , at, pid] of lines) {
      expect(Math.abs(Date.now() - Number(at))).toBeLessThan(10_000);
      expect(pid).toBe(String(process.pid));
    }
  });

  it('finds after a restart what it made, also behind a torn line', async () => {
    const spec = await provision(open());
    appendFileSync(join(dir, 'sandboxes'), 'made half-a-li');
    const again = open();
    expect(await again.findSandbox(spec.taskId, never)).toEqual({ sandboxId: `sim-${spec.taskId}` });
    const next = await provision(again);
    expect(await open().findSession(next, never)).not.toBeNull();
    expect((await open().listSandboxes(never)).map(({ taskId }) => taskId)).toEqual([
      spec.taskId,
      next.taskId,
    ]);
  });

  it('does each stage once when several processes share the file and race', async () => {
    const sharing = Array.from({ length: 4 }, () => open());
    const tasks = Array.from({ length: 50 }, () => specs());
    await Promise.all(tasks.flatMap((spec) => sharing.map((provider) => provision(provider, spec))));
    const executions = ledger().map(([task, stage]) => `${task} ${stage}`);
    expect(executions).toHaveLength(200);
    expect(new Set(executions).size).toBe(200);
    expect(await sharing[0]!.listSandboxes(never)).toHaveLength(50);
  });

  it('releases, so that the session is dead and the agent can be started anew, and destroys', async () => {
    const provider = open();
    const spec = await provision(provider);
    await provider.releaseSandbox(spec.taskId, never);
    await provider.releaseSandbox(spec.taskId, never);
    expect(await provider.findSession(spec, never)).toBeNull();
    expect(await provider.listSandboxes(never)).toMatchObject([{ complete: true, running: false }]);
    await provider.ensureAgent(spec, never);
    expect(await provider.listSandboxes(never)).toMatchObject([{ running: true }]);
    await provider.destroySandbox(spec, never);
    await provider.destroySandbox(spec, never);
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
    expect(await open().listSandboxes(never)).toEqual([]);
  });

  it('takes its latency in each stage and gives up when aborted, leaving nothing', async () => {
    const provider = open({ latencyMs: 40 });
    const before = performance.now();
    await provider.createSandbox(specs(), never);
    expect(performance.now() - before).toBeGreaterThanOrEqual(35);
    const spec = specs();
    await expect(provider.createSandbox(spec, AbortSignal.timeout(5))).rejects.toThrow(/timeout/);
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
  });

  it('hangs until it is aborted', async () => {
    const spec = specs();
    const abort = new AbortController();
    const hanging = open({ fail: 'create_sandbox=hang' }).createSandbox(spec, abort.signal);
    const reason = new Error('enough');
    setTimeout(() => abort.abort(reason), 20);
    await expect(hanging).rejects.toBe(reason);
    expect(await open().findSandbox(spec.taskId, never)).toBeNull();
  });

  it('finishes late in spite of the abort, so that the next attempt finds it', async () => {
    const spec = specs();
    const provider = open({ fail: 'create_sandbox=late:60' });
    await expect(provider.createSandbox(spec, AbortSignal.timeout(10))).rejects.toThrow(/timeout/);
    const deadline = Date.now() + 5_000;
    while (!(await provider.findSandbox(spec.taskId, never)) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await provider.createSandbox(spec, never);
    expect(ledger()).toHaveLength(1);
  });

  it('fails the first attempts of each task and remembers them across a restart', async () => {
    const spec = specs();
    const attempt = () => open({ fail: 'create_sandbox=fail:2' }).createSandbox(spec, never);
    await expect(attempt()).rejects.toMatchObject({ code: 'simulated_failure', retryable: true });
    await expect(attempt()).rejects.toMatchObject({ message: expect.stringContaining('attempt 2') });
    await expect(attempt()).resolves.toBeDefined();
    await expect(open({ fail: 'create_sandbox=refuse' }).createSandbox(specs(), never)).rejects.toMatchObject(
      {
        retryable: false,
      },
    );
  });

  it('fails at a rate which the seed decides', async () => {
    const ids = Array.from({ length: 200 }, () => specs());
    const outcomes = async (fail: string, file: string) => {
      const provider = open({ fail, file: join(dir, file) });
      const settled = await Promise.allSettled(ids.map((spec) => provider.createSandbox(spec, never)));
      return settled.map(({ status }) => status);
    };
    const first = await outcomes('create_sandbox=rate:0.3:1', 'a');
    expect(await outcomes('create_sandbox=rate:0.3:1', 'b')).toEqual(first);
    expect(await outcomes('create_sandbox=rate:0.3:2', 'c')).not.toEqual(first);
    const failed = first.filter((status) => status === 'rejected').length;
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(90);
  });

  it('refuses what would break its lines', async () => {
    await expect(open().createSandbox(specs('a b\nc'), never)).rejects.toThrow(/plain word/);
    expect(await open().listSandboxes(never)).toEqual([]);
  });
});
