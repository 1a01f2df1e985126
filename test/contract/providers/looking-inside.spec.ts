import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LogSource } from '../../../src/platform/sandbox-log.js';
import { createDockerProvider } from '../../../src/providers/docker/docker-provider.js';
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { until } from '../../support/until.js';
import { dockerOptions, HAS_ENGINE } from './docker-fixture.js';
import { makeRepository } from './repository.js';

const SILENT = { output: () => undefined, ended: () => undefined };

/** What comes of opening as soon as something listens. */
async function untilOpen<T>(open: () => Promise<T>): Promise<T> {
  let opened: T | undefined;
  await until('something to listen', 60_000, async () => {
    opened = await open().catch((error: { code?: string }) => {
      if (error.code === 'port_closed') return undefined;
      throw error;
    });
    return opened !== undefined;
  });
  return opened!;
}

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
    'has ports that lead to its own programs and to nothing of the machine, or none where it shares the machine’s',
    async () => {
      const here = createServer((socket) => socket.end('the machine')).listen(0, '127.0.0.1');
      const open = (port: number) => provider.openPort!({ taskId, port }, never);
      try {
        await once(here, 'listening');
        const { port } = here.address() as AddressInfo;
        if (provider.id === 'local')
          return await expect(open(port)).rejects.toMatchObject({ code: 'no_ports', retryable: false });
        // The machine's is none of the sandbox's.
        await expect(open(port)).rejects.toMatchObject({ code: 'port_closed' });
        const shell = await provider.openTerminal!({ taskId, cols: 80, rows: 24 }, SILENT, never);
        await shell.input(
          `node -e "require('net').createServer((c) => c.pipe(c)).listen(${port}, '127.0.0.1')"\r`,
        );
        const both = await untilOpen(() => Promise.all([open(port), open(port)]));
        const texts = both.map(async (each, index) => {
          each.end(`${index} of 2 `.repeat(20_000));
          return text(each);
        });
        expect(await Promise.all(texts)).toEqual([0, 1].map((index) => `${index} of 2 `.repeat(20_000)));
        const gone = AbortSignal.abort(new Error('no longer wanted'));
        await expect(provider.openPort!({ taskId, port }, gone)).rejects.toThrow('no longer wanted');
        const last = await open(port);
        await shell.close();
        await expect(text(last)).resolves.toBe('');
        await expect(open(port)).rejects.toMatchObject({ code: 'port_closed', retryable: true });
      } finally {
        here.close();
      }
    },
    LIMIT_MS,
  );

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
      const unreachable = { code: 'agent_unreachable', retryable: true };
      await expect(open()).rejects.toMatchObject(unreachable);
      await expect(provider.openPort!({ taskId, port: 80 }, never)).rejects.toMatchObject(unreachable);
    },
    LIMIT_MS,
  );
});
