import assert from 'node:assert/strict';
import { never, type Bench } from './bench.js';
import { isOpened } from './making-cases.js';
import type { ContractCase } from './contract-case.js';

/** What is released can be gone on with, what is destroyed is gone. */
export const endingCases = (bench: Bench): ContractCase[] => [
  {
    name: 'releases: nothing runs, the sandbox is still there, its sessions are dead',
    async run() {
      const provider = await bench.open();
      const spec = await bench.provision(provider);
      await provider.releaseSandbox(spec.taskId, never);
      await provider.releaseSandbox(spec.taskId, never);
      const listing = { taskId: spec.taskId, sandboxId: spec.sandboxId, complete: true };
      assert.deepEqual(await bench.listed(spec.taskId), { ...listing, running: false });
      assert.notEqual(await provider.findSandbox(spec.taskId, never), null);
      assert.equal(await provider.findSession(spec, never), null);
      assert.ok(!(await isOpened(bench, spec.sessionId)));
      await provider.ensureAgent(spec, never);
      assert.ok(await isOpened(bench, spec.sessionId));
      assert.deepEqual(await bench.listed(spec.taskId), { ...listing, running: true });
    },
  },
  {
    name: 'destroys everything, also twice',
    async run() {
      const provider = await bench.open();
      const spec = await bench.provision(provider);
      await provider.destroySandbox(spec, never);
      await provider.destroySandbox(spec, never);
      assert.equal(await provider.findSandbox(spec.taskId, never), null);
      assert.equal(await provider.findSession(spec, never), null);
      assert.equal(await bench.listed(spec.taskId), undefined);
    },
  },
];
