import assert from 'node:assert/strict';
import { never, type Bench } from './bench.js';
import type { ContractCase } from './contract-case.js';

/** Everything is looked for before it is made, and is whole or not there. */
export const makingCases = (bench: Bench): ContractCase[] => [
  {
    name: 'finds nothing where nothing was made, and has nothing to release or destroy there',
    async run() {
      const provider = await bench.open();
      const spec = bench.specs();
      assert.equal(await provider.findSandbox(spec.taskId, never), null);
      assert.equal(await provider.findSession(spec, never), null);
      assert.ok(!(await isOpened(bench, spec.sessionId)));
      await provider.releaseSandbox(spec.taskId, never);
      await provider.destroySandbox(spec, never);
      assert.equal(await bench.listed(spec.taskId), undefined);
    },
  },
  {
    name: 'makes sandbox, agent and session once, however often and by whomever it is asked',
    async run() {
      const spec = bench.specs();
      const [first, second] = [await bench.open(), await bench.open()];
      await bench.provision(first, spec);
      const again = await bench.provision(first, spec);
      assert.deepEqual(await bench.provision(second, spec), again);
      assert.equal((await second.findSandbox(spec.taskId, never))?.sandboxId, again.sandboxId);
      const { agentSessionId, sandboxId } = again;
      assert.deepEqual(await second.findSession(again, never), { agentSessionId });
      const listing = { taskId: spec.taskId, sandboxId, complete: true, running: true };
      assert.deepEqual(await bench.listed(spec.taskId), listing);
    },
  },
  {
    name: 'runs a setup once, tells a failure with its output, and repeats that only for another run',
    async run() {
      const provider = await bench.open();
      const spec = bench.specs();
      if (!provider.runSetup) return;
      const { sandboxId } = await provider.createSandbox(spec, never);
      const setup = { taskId: spec.taskId, sandboxId, commands: 'echo no\nexit 3', run: 1 };
      for (const each of [provider, await bench.open(), provider])
        await assert.rejects(each.runSetup!(setup, never), (error: Failed) => {
          assert.equal(error.code, 'setup_failed');
          assert.equal(error.retryable, false);
          assert.match(error.output ?? '', /no/);
          return true;
        });
      const well = { ...setup, commands: 'echo yes', run: 2 };
      const first = await provider.runSetup(well, never);
      assert.match(first.output, /yes/);
      const other = await bench.open();
      assert.deepEqual(await other.runSetup!(well, never), first);
      if (other.setupOutput) assert.match((await other.setupOutput(spec.taskId, never)) ?? '', /yes/);
      const stopped = new Error('stopped');
      await assert.rejects(
        provider.runSetup({ ...setup, run: 3 }, AbortSignal.abort(stopped)),
        (error) => error === stopped,
      );
      await provider.destroySandbox(spec, never);
      await assert.rejects(provider.runSetup({ ...setup, run: 4 }, never), { code: 'sandbox_missing' });
    },
  },
  {
    name: 'needs a sandbox before an agent, and says so for good',
    async run() {
      const provider = await bench.open();
      const spec = bench.specs();
      const missing = { name: 'ProviderError', code: 'sandbox_missing', retryable: false };
      await assert.rejects(provider.ensureAgent(spec, never), missing);
      await assert.rejects(provider.createSession(spec, never), missing);
    },
  },
  {
    name: 'rejects with the reason of an aborted signal and leaves nothing behind',
    async run() {
      const provider = await bench.open();
      const spec = bench.specs();
      const reason = new Error('no longer wanted');
      const gone = AbortSignal.abort(reason);
      const isReason = (error: unknown) => error === reason;
      await assert.rejects(provider.createSandbox(spec, gone), isReason);
      await assert.rejects(provider.ensureAgent(spec, gone), isReason);
      await assert.rejects(provider.findSandbox(spec.taskId, gone), isReason);
      await assert.rejects(provider.listSandboxes(gone), isReason);
      assert.equal(await bench.listed(spec.taskId), undefined);
    },
  },
];

interface Failed {
  readonly code?: unknown;
  readonly retryable?: unknown;
  readonly output?: string;
}

/** Whether the session is one that the provider, opened anew, says was opened. */
export async function isOpened(bench: Bench, sessionId: string): Promise<boolean> {
  const opened = await (await bench.open()).openedSessions(never);
  return opened.some((each) => each.sessionId === sessionId);
}
