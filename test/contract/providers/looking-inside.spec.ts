import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogSource } from '../../../src/platform/sandbox-log.js';
import { createDockerProvider } from '../../../src/providers/docker/docker-provider.js';
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { until } from '../../support/until.js';
import { dockerOptions, HAS_ENGINE } from './docker-fixture.js';
import { makeRepository } from './repository.js';

const never = new AbortController().signal;
const LIMIT_MS = 180_000;

const ADAPTERS: [string, (dir: string) => SandboxProvider][] = [
  ['local', (dir) => createLocalProvider({ dataDir: join(dir, 'local'), localRoots: [dir] })],
  ...(HAS_ENGINE
    ? ([['docker', (dir) => createDockerProvider(dockerOptions(join(dir, 'docker'), dir))]] as [
        string,
        (dir: string) => SandboxProvider,
      ][])
    : []),
];

// By name, so that a run without an engine shows what it left out.
if (!HAS_ENGINE) describe.skip('a look into a container (skipped: no engine)', () => it.todo('is given'));

describe.each(ADAPTERS)('a look into a sandbox of %s', (_, create) => {
  let dir: string;
  let provider: SandboxProvider;
  const taskId = randomUUID();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'slipway-look-'));
    provider = create(dir);
    const repoRemote = makeRepository(join(dir, 'repo'));
    const { sandboxId } = await provider.createSandbox(
      { taskId, repoRemote, branchName: 'feat/look' },
      never,
    );
    await provider.runSetup!({ taskId, sandboxId, commands: 'echo one\necho two >&2', run: 1 }, never);
    await provider.ensureAgent({ taskId, sandboxId, agentType: 'mock' }, never);
  }, LIMIT_MS);

  afterAll(async () => {
    await provider.destroySandbox({ taskId, keepBranch: false }, never);
    await provider.close();
    rmSync(dir, { recursive: true, force: true });
  }, LIMIT_MS);

  const log = (source: LogSource, after = 0n) => provider.readLog!({ taskId, source, after }, never);

  it('has the log of the setup that ended, and of the agent server that runs', async () => {
    expect([...(await log('setup')).lines].sort()).toEqual(['one', 'two']);
    await until('the agent server’s words', 30_000, async () =>
      (await log('sandbox')).lines.join('\n').includes('server listening'),
    );
    for (const source of ['setup', 'sandbox'] as const) {
      const { next } = await log(source);
      expect(next).toBeGreaterThan(0n);
      const rest = await log(source, next);
      expect(rest).toMatchObject({ restarted: false, more: false });
      expect(rest.lines.join('\n')).not.toMatch(/server listening|one|two/);
    }
    expect(await provider.readLog!({ taskId: randomUUID(), source: 'agent', after: 7n }, never)).toEqual({
      ...{ lines: [], next: 7n, more: false, restarted: false },
    });
  });

  it(
    'has shells, which end with it',
    async () => {
      let text = '';
      let code: number | null | undefined;
      const listener = {
        output: (bytes: Buffer) => void (text += bytes.toString()),
        ended: (exitCode: number | null) => (code = exitCode),
      };
      const open = () => provider.openTerminal!({ taskId, cols: 99, rows: 9 }, listener, never);
      const shell = await open();
      await shell.input('stty size; git rev-parse --abbrev-ref HEAD; exit 5\r');
      await until('its end', 60_000, () => code !== undefined);
      expect(code).toBe(5);
      expect(text).toMatch(/\b9 99\r\n[^]*feat\/look\r\n/);

      code = undefined;
      text = '';
      const other = await open();
      await other.input('echo he""re\r');
      await until('its words', 60_000, () => text.includes('here\r\n'));
      await provider.releaseSandbox(taskId, never);
      await until('the end', 60_000, () => code === null);
      await expect(open()).rejects.toMatchObject({ code: 'agent_unreachable', retryable: true });
    },
    LIMIT_MS,
  );
});
