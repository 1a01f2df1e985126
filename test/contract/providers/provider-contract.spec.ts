import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { providerContract } from '../../../packages/provider-contract/src/index.js';
import { createDockerProvider } from '../../../src/providers/docker/docker-provider.js';
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { createSimulatedProvider } from '../../../src/providers/simulated/simulated-provider.js';
import { dockerOptions, HAS_ENGINE } from './docker-fixture.js';
import { never } from './local-fixture.js';

const simulated = (folder: string) => createSimulatedProvider({ file: join(folder, 'sandboxes') });

/** Every adapter keeps the port's promises, so the saga need not know which one it talks to. */
const ADAPTERS: [string, (folder: string) => SandboxProvider][] = [
  ['simulated', simulated],
  ['local', (folder) => createLocalProvider({ dataDir: join(folder, 'local'), localRoots: [folder] })],
  [
    'local without PID namespaces',
    (folder) =>
      createLocalProvider({ dataDir: join(folder, 'local'), localRoots: [folder], namespaces: false }),
  ],
];
// By name, so that a run without an engine shows what it left out.
if (HAS_ENGINE)
  ADAPTERS.push(['docker', (folder) => createDockerProvider(dockerOptions(join(folder, 'docker'), folder))]);
else describe.skip('the docker provider (skipped: no engine)', () => it.todo('keeps the contract'));

describe.each(ADAPTERS)('the %s provider', (_, open) => {
  const contract = providerContract((folder) => {
    const provider = open(folder);
    // The contract asks for no setup of those that cannot; ours can.
    expect(provider.runSetup).toBeDefined();
    return provider;
  });
  afterAll(() => contract.end());
  for (const { name, run } of contract.cases) it(name, run);
});

describe('the contract of providers', () => {
  it('is kept by the example, in a test runner of its own', async () => {
    const args = ['scripts/test-provider.mjs', 'examples/write-a-provider/folder-provider.mjs'];
    const run = promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
    );
    expect(await run).toEqual({ code: 0, stdout: expect.stringMatching(/^# pass [1-9]\d*$/m) as never });
  });

  /** What breaks a promise, and of which case. */
  const BROKEN: [string, RegExp, (provider: SandboxProvider) => Partial<SandboxProvider>][] = [
    ['forgets what it made', /^makes sandbox/, () => ({ findSandbox: async () => null })],
    ['does not heed its signal', /^rejects with/, (it) => ({ listSandboxes: () => it.listSandboxes(never) })],
    ['leaves what it destroys', /^destroys/, () => ({ destroySandbox: async () => ({}) })],
  ];
  it.each(BROKEN)('tells one that %s', async (_, promise, breaking) => {
    const contract = providerContract((folder) => {
      const provider = simulated(folder);
      return Object.assign(Object.create(provider) as SandboxProvider, breaking(provider));
    });
    const { run } = contract.cases.find(({ name }) => promise.test(name))!;
    await expect(run()).rejects.toMatchObject({ code: 'ERR_ASSERTION' });
    await contract.end();
  });
});
