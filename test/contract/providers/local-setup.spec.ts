import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SandboxProvider, SetupSpec } from '../../../src/providers/sandbox-provider.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider({
  'README.md': 'hello\n',
  '.slipway/setup.sh': 'echo from the repository; echo "$0" >&2; touch was-set-up\n',
});

async function sandbox(provider: SandboxProvider = fixture.open()) {
  const spec = fixture.spec();
  const made = await provider.createSandbox(spec, never);
  const run = (setup: Partial<SetupSpec> = {}, signal: AbortSignal = never) =>
    provider.runSetup!({ taskId: spec.taskId, sandboxId: made.sandboxId, run: 1, ...setup }, signal);
  return {
    spec,
    made,
    provider,
    run,
    file: (name: string) => fixture.sandbox(spec.taskId, 'checkout', name),
  };
}

const running = async (taskId: string) => (await markedProcesses()).get(taskId) ?? [];
/** Says that it has begun, then waits until there is a file `go`. */
const WAITS = 'echo begun >> count; echo begun; while [ ! -e go ]; do sleep 0.05; done; echo went';

describe("a sandbox's setup", () => {
  it("is the repository's own where it has one, run in the checkout", async () => {
    const { made, run, file, provider, spec } = await sandbox();
    expect(made.setupScript).toBe(true);
    expect(await provider.findSandbox(spec.taskId, never)).toMatchObject({ setupScript: true });
    expect(await run()).toEqual({ output: 'from the repository\n.slipway/setup.sh\n' });
    expect(existsSync(file('was-set-up'))).toBe(true);
  });

  it('is run once, also by another process', async () => {
    const { run, spec, file } = await sandbox();
    const first = await run({ commands: 'echo once; echo x >> count' });
    const other = fixture.open().runSetup!(
      { ...spec, commands: 'echo once; echo x >> count', run: 1 },
      never,
    );
    expect(await other).toEqual(first);
    expect(await run({ commands: 'echo other', run: 2 })).toEqual(first);
    expect(readFileSync(file('count'), 'utf8')).toBe('x\n');
  });

  it('ends at the first command that fails, with the end of its output; only another run is run again', async () => {
    const { run, file } = await sandbox();
    const commands =
      'echo x >> count; printf "\\033[31mno such package\\033[0m\\r\\n" >&2; (exit 3)\necho never';
    const failure = {
      code: 'setup_failed',
      retryable: false,
      message: 'The setup ended with exit code 3: no such package',
      output: 'no such package\n',
    };
    for (const _ of [1, 2]) await expect(run({ commands })).rejects.toMatchObject(failure);
    expect(readFileSync(file('count'), 'utf8')).toBe('x\n');
    await expect(run({ commands, run: 2 })).rejects.toMatchObject(failure);
    expect(readFileSync(file('count'), 'utf8')).toBe('x\nx\n');
    expect(await run({ commands: 'echo mended', run: 3 })).toEqual({ output: 'mended\n' });
  });

  it('has the variables that its sandbox was made with, and ends as it ends also where that is how ours ends', async () => {
    const asked: string[] = [];
    const envs = {
      open: async (envId: string) => {
        asked.push(envId);
        return { TOKEN: 'two\nlines ', PATH: '/evil' };
      },
    };
    const provider = fixture.open({ envs });
    const spec = { ...fixture.spec(), envId: 'version-1' };
    const { sandboxId } = await provider.createSandbox(spec, never);
    const run = (commands: string, n: number, by: SandboxProvider = provider) =>
      by.runSetup!({ taskId: spec.taskId, sandboxId, commands, run: n }, never);
    // A shell that was not given its variables ends like this, and counts as never begun.
    await expect(run('exit 251', 1)).rejects.toMatchObject({
      code: 'setup_failed',
      message: expect.stringContaining('exit code 1') as never,
    });
    const other = fixture.open({ envs });
    expect(await run('printf "[%s]" "$TOKEN"; command -v env', 2, other)).toEqual({
      output: expect.stringMatching(/^\[two\nlines \]\/(usr\/)?bin\/env\n$/) as never,
    });
    // Nothing is asked for what has ended.
    expect(await run('echo other', 3)).toMatchObject({ output: expect.stringContaining('[two') as never });
    expect(asked).toEqual(['version-1', 'version-1']);
  });

  it("sees its sandbox as an agent does, and nothing of the service's environment", async () => {
    process.env.A_SECRET_OF_OURS = 'hunter2';
    try {
      const { run, spec } = await sandbox(fixture.open({ agentEnv: ['A_SECRET_OF_OURS'] }));
      const { output } = await run({ commands: 'env; pwd; git config user.name' });
      expect(output).not.toContain('hunter2');
      expect(output).toContain(`HOME=${fixture.sandbox(spec.taskId, 'home')}`);
      expect(output).toContain('Slipway agent');
      const records = await run({ commands: 'true', run: 2 }).then(() => fixture.records(spec.taskId));
      expect(existsSync(records)).toBe(true);
    } finally {
      delete process.env.A_SECRET_OF_OURS;
    }
  });

  it('leaves nothing running, however it put it aside', async () => {
    const { run, spec } = await sandbox();
    await run({ commands: 'sleep 1000 & setsid sleep 1000 & echo started' });
    expect(await running(spec.taskId)).toEqual([]);
  });

  it('is stopped with all its processes when it is to be, and what it had put out is told', async () => {
    const { run, spec, file } = await sandbox();
    const { ProviderError } = await import('../../../src/events/provider-error.js');
    const over = new AbortController();
    const stopped = run({ commands: `${WAITS} & setsid sleep 1000` }, over.signal);
    stopped.catch(() => undefined);
    await eventually(() => existsSync(file('count')), 'the setup to begin');
    const reason = new ProviderError('timeout', 'No result within 1 s');
    over.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(reason.output).toBe('begun\n');
    expect(await running(spec.taskId)).toEqual([]);
    // What was stopped has not ended: the same run begins again.
    writeFileSync(file('go'), '');
    expect(await run({ commands: WAITS })).toEqual({ output: 'begun\nwent\n' });
  });

  it('is gone on with when whoever began it is gone, and its exit code is known that it had meanwhile', async () => {
    const { run, spec, file } = await sandbox();
    const begun = run({ commands: WAITS });
    await eventually(() => existsSync(file('count')), 'the setup to begin');
    // As after a kill -9: another provider knows nothing but what is on the disk.
    const other = fixture.open().runSetup!({ ...spec, commands: WAITS, run: 1 }, never);
    writeFileSync(file('go'), '');
    expect(await Promise.all([begun, other])).toEqual([
      { output: 'begun\nwent\n' },
      { output: 'begun\nwent\n' },
    ]);
    expect(readFileSync(file('count'), 'utf8')).toBe('begun\n');
  });

  it('goes with its sandbox', async () => {
    const { run, spec, provider, file } = await sandbox();
    const begun = run({ commands: WAITS });
    begun.catch(() => undefined);
    await eventually(() => existsSync(file('count')), 'the setup to begin');
    await fixture.open().destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    await expect(begun).rejects.toMatchObject({
      code: expect.stringMatching(/setup_failed|sandbox_/) as never,
    });
    expect(await running(spec.taskId)).toEqual([]);
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
  });
});
