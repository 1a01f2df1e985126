import { SlipwayClient } from '@slipway/client';
import { startEventStore, type EventStoreNode } from '@slipway/embedded-eventstore';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRuntime } from '../../src/app/runtime-file.js';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { createDockerProvider } from '../../src/providers/docker/docker-provider.js';
import { createLocalProvider } from '../../src/providers/local/local-provider.js';
import type { SandboxProvider } from '../../src/providers/sandbox-provider.js';
import { dockerOptions, HAS_ENGINE } from '../contract/providers/docker-fixture.js';
import { Markdown } from '../docs/markdown.js';
import { type ShellRun, startShell } from '../support/shell.js';
import { patiently, until } from '../support/until.js';

/*
 * What the README has people type is typed here, on fresh data directories and free ports. A placeholder is replaced by
 * what it stands for; what cannot be as it is written is replaced as well, with the reason beside it.
 */

const PROJECT = process.cwd();
const BLOCKS = Markdown.read('README.md').fences.filter(({ language }) => language === 'sh');
const START_LIMIT_MS = 50_000;

/** How each block begins. One that is not among these is one that nobody tries. */
const [START, TEST, DEMO, BY_HAND, OTHER_TERMINAL, FOR_TEAMS, IN_SESSION, COMMAND_LINE] = [
  'npm ci && npm start',
  'npm ci && npm test',
  'npm run demo',
  'git init',
  'curl -i -X POST',
  'npm run image:sandbox',
  'curl -X POST',
  'slipway tasks create',
] as const;
const KNOWN = [START, TEST, DEMO, BY_HAND, OTHER_TERMINAL, FOR_TEAMS, IN_SESSION, COMMAND_LINE];
/** It is what runs this test: it would never end. */
const NOT_RUN = [TEST];

const block = (begins: string): string => BLOCKS.find(({ text }) => text.startsWith(begins))!.text;

type Replacement = readonly [from: string, to: string];

/** Every `from` has to be there: what the README no longer says needs no replacement. */
function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((result, [from, to]) => {
    expect(result).toContain(from);
    return result.replaceAll(from, to);
  }, text);
}

/** The commands of a block; one that goes on in the next line is one. */
const commandsOf = (text: string): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');

describe('README.md', () => {
  let home: string;
  let stores: EventStoreNode[];
  const env = () => ({ HOME: home, PORT: '0', LOG_LEVEL: 'warn' });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'slipway-readme-'));
    await mkdir(join(home, 'repos'));
    stores = await Promise.all([startEventStore({ inMemory: true }), startEventStore({ inMemory: true })]);
  }, START_LIMIT_MS);
  afterAll(async () => {
    for (const store of stores) await store.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Runs it to its end, which is to be a good one; resolves with what it printed. */
  async function run(script: string, cwd: string, more: Record<string, string> = {}): Promise<string> {
    const shell = startShell(script, cwd, { ...env(), ...more });
    const code = await shell.ended;
    expect({ script, code, output: code === 0 ? '' : shell.output }).toEqual({ script, code: 0, output: '' });
    return shell.output;
  }

  /** Starts what serves; resolves with its address when it does. */
  async function serve(script: string, dataDir: string, more: Record<string, string> = {}) {
    const shell = startShell(script, PROJECT, { ...env(), SLIPWAY_DATA_DIR: dataDir, ...more });
    let over = false;
    void shell.ended.then(() => (over = true));
    let url = '';
    await until(
      () => `the service: ${shell.output}`,
      START_LIMIT_MS,
      async () => {
        url = (await readRuntime(dataDir))?.httpUrl ?? '';
        return over || (url !== '' && (await fetch(`${url}/health/ready`)).ok);
      },
    );
    expect({ over, output: over ? shell.output : '' }).toEqual({ over: false, output: '' });
    return { shell, url };
  }

  /** Agents outlive the service that started them. */
  async function destroySandboxes(dataDir: string): Promise<void> {
    const local = { dataDir: join(dataDir, 'local'), hiddenDir: dataDir, localRoots: [] };
    const providers: SandboxProvider[] = [createLocalProvider(local)];
    if (HAS_ENGINE) providers.push(createDockerProvider(dockerOptions(join(dataDir, 'docker'), home)));
    const signal = AbortSignal.timeout(patiently(40_000));
    for (const provider of providers) {
      for (const { taskId } of await provider.listSandboxes(signal))
        await provider.destroySandbox({ taskId, keepBranch: false }, signal);
      await provider.close();
    }
  }

  it('has no block of commands that is not known here', () => {
    expect(BLOCKS.map(({ text }) => KNOWN.find((begins) => text.startsWith(begins)) ?? text)).toEqual(KNOWN);
    expect(NOT_RUN.map(block)).toHaveLength(1);
  });

  it(`runs: ${START}`, async () => {
    // The packages that this test runs on are not to be replaced under it.
    const { shell } = await serve(replaced(block(START), [['npm ci && ', '']]), join(home, 'first'));
    await shell.stop();
    expect(await readRuntime(join(home, 'first'))).toBeNull();
  });

  it(`runs: ${DEMO}`, async () => {
    const dataDir = join(home, 'demo');
    // In the checkout there may be a demo of somebody's.
    const script = replaced(block(DEMO), [[DEMO, `${DEMO} -- --data-dir '${dataDir}'`]]);
    try {
      const said = await run(script, PROJECT);
      expect(said).toMatch(/The agent \(mock\) says:\n\n +\S/);
      expect(said).toContain(`(provider ${HAS_ENGINE ? 'docker' : 'local'})`);
    } finally {
      await destroySandboxes(dataDir);
    }
  }, 180_000);

  describe('in two terminals', () => {
    let shell: ShellRun;
    let url: string;
    let dataDir: string;
    const tasks: Record<'running' | 'failed', string> = { running: '', failed: '' };
    const record = async (taskId: string) =>
      (await (await fetch(`${url}/v1/tasks/${taskId}`)).json()) as TaskRecord;
    const PROVIDERS = {
      // Besides the one that people have, one whose tasks fail: for what is to be done about such.
      SLIPWAY_PROVIDERS: 'local,simulated',
      SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=fail:1',
      SLIPWAY_STAGE_ENSURE_AGENT_ATTEMPTS: '1',
    };

    beforeAll(async () => {
      dataDir = join(home, 'data');
      ({ shell, url } = await serve(block(BY_HAND), dataDir, PROVIDERS));
    }, START_LIMIT_MS);
    afterAll(async () => {
      await shell?.stop();
      await destroySandboxes(dataDir);
    }, START_LIMIT_MS);

    it(`runs: ${OTHER_TERMINAL} …`, async () => {
      const script = replaced(block(OTHER_TERMINAL), [['http://127.0.0.1:3000', url]]);
      const said: string[] = [];
      for (const command of commandsOf(script)) {
        const resolved = command.replace('<taskId>', tasks.running);
        said.push(await run(resolved, PROJECT, { SLIPWAY_DATA_DIR: dataDir }));
        tasks.running ||= /"taskId":"([^"]+)"/.exec(said[0]!)![1]!;
      }
      expect(said[0]).toMatch(/^HTTP\/1\.1 201 /m);
      expect(said[1]).toContain(tasks.running);
      expect(await record(tasks.running)).toMatchObject({ status: 'running', providerId: 'local' });
    });

    it(`runs: ${IN_SESSION} …`, async () => {
      const { sessionId } = await record(tasks.running);
      const question = async () => {
        const path = `/v1/tasks/${tasks.running}/sessions/${sessionId}/permissions?state=pending`;
        const { items } = (await (await fetch(url + path)).json()) as { items: { permissionId: string }[] };
        return items[0]?.permissionId ?? '';
      };
      const script = replaced(block(IN_SESSION), [
        ['http://127.0.0.1:3000', url],
        ['<taskId>', tasks.running],
        ['<sessionId>', sessionId],
      ]);
      let said = '';
      for (const command of commandsOf(script)) {
        if (command.includes('<permissionId>'))
          await until('the question', 30_000, async () => (await question()) !== '');
        const resolved = command.replace('<permissionId>', await question());
        said += await run(resolved, PROJECT, { SLIPWAY_DATA_DIR: dataDir });
      }
      expect(said).toMatch(/answered, by person: allow[^]*^and now the tests$/m);
      expect(said).toContain('notes.txt');
    }, 120_000);

    const itInContainers = HAS_ENGINE ? it : it.skip;
    itInContainers(
      `runs: ${FOR_TEAMS}`,
      async () => {
        const [image = '', start = ''] = commandsOf(block(FOR_TEAMS));
        await run(image, PROJECT);
        const teams = join(home, 'teams');
        const served = await serve(start, teams);
        try {
          const client = new SlipwayClient({ url: served.url });
          const repoRemote = join(home, 'repos/shop');
          const { taskId } = await client.createTask({ task: '!say from a container', repoRemote });
          await until('it to run', 120_000, async () => (await client.getTask(taskId)).status === 'running');
          expect(await client.getTask(taskId)).toMatchObject({ providerId: 'docker' });
        } finally {
          await served.shell.stop();
          await destroySandboxes(teams);
        }
      },
      240_000,
    );

    it(`runs: ${COMMAND_LINE} …`, async () => {
      const body = JSON.stringify({
        ...{ task: 'fix: it', providerId: 'simulated' },
        repoRemote: 'https://git.example.com/a/b.git',
      });
      const headers = { 'content-type': 'application/json' };
      const created = await fetch(`${url}/v1/tasks`, { method: 'POST', headers, body });
      tasks.failed = ((await created.json()) as TaskRecord).taskId;
      await until('it to fail', 20_000, async () => (await record(tasks.failed)).status === 'error');
      const { position, createdAt } = await record(tasks.running);
      const ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';
      const script = replaced(block(COMMAND_LINE), [
        [`tasks retry ${ID}`, `tasks retry ${tasks.failed}`],
        [ID, tasks.running],
        ['https://github.com/acme/shop.git', join(home, 'repos/shop')],
        ['2026-01-31T12:00:00Z', new Date().toISOString()],
        ['2026-01-31T00:00:00Z', createdAt],
        ['--from 4711 --to 4790', `--from ${position} --to ${position}`],
        ['esdb://127.0.0.1:2113?tls=false', stores[0]!.url],
        ['esdb://eventstore.internal:2113?tls=false', stores[1]!.url],
        // It follows until it is stopped, and not every machine has jq.
        ['streams tail --json | jq -r .type', 'streams tail --json --last 3 --no-follow'],
      ]);
      // As a command, which it is where the package is installed.
      const slipway = `slipway() { '${process.execPath}' '${join(PROJECT, 'dist/cli/slipway.js')}' "$@"; }`;
      for (const command of commandsOf(script))
        await run(`${slipway}\n${command}`, home, { SLIPWAY_DATA_DIR: dataDir, ...PROVIDERS });
      await until('the retry', 20_000, async () => (await record(tasks.failed)).status === 'running');
    }, 180_000);
  });
});
