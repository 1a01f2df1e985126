import { afterEach, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';

/*
 * The node in the tests of others. The example for Jest runs in Jest. Vitest is not among our packages: its global setup
 * runs with what Vitest gives it, its test file over a stand-in of node:test.
 */

const EXAMPLES = resolve('packages/embedded-eventstore/examples');
const STAND_IN = resolve('packages/embedded-eventstore/test/support/stand-in-vitest.mjs');

/** Runs node to its end, in the folder; resolves with exit code and all that it printed. */
const node = (folder: string, args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: unknown; said: string }>((done) =>
    execFile(
      process.execPath,
      [...args],
      {
        cwd: join(EXAMPLES, folder),
        timeout: 120_000,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      },
      (error, stdout, stderr) => done({ code: error?.code ?? 0, said: stdout + stderr }),
    ),
  );

it('in Jest: a node for the whole run', async () => {
  const { code, said } = await node('jest', [resolve('node_modules/jest/bin/jest.js'), '--no-cache']);
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/Tests: +1 passed, 1 total/) });
});

describe('in Vitest', () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(() => stop?.());

  it('a node for the whole run', async () => {
    const { default: config } = (await import(join(EXAMPLES, 'vitest/vitest.config.mjs'))) as {
      default: { test: { globalSetup: string[] } };
    };
    const { default: setup } = (await import(join(EXAMPLES, 'vitest', config.test.globalSetup[0]!))) as {
      default: (project: { provide(key: string, value: string): void }) => Promise<() => Promise<void>>;
    };
    const provided: Record<string, string> = {};
    stop = await setup({ provide: (key, value) => (provided[key] = value) });
    const { code, said } = await node(
      'vitest',
      ['--import', STAND_IN, '--test', '--test-reporter=tap', 'greetings.test.mjs'],
      { PROVIDED: JSON.stringify(provided) },
    );
    expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/# pass 1\n/) });
    await stop();
    const client = EventStoreDBClient.connectionString(provided['eventStoreUrl']!);
    await expect(client.readAll({ maxCount: 1 })[Symbol.asyncIterator]().next()).rejects.toThrow();
    await client.dispose();
  });
});
