import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventStoreNode, startEventStore } from '@slipway/embedded-eventstore';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { OperatorsStore } from '../../../src/store/store-admin.js';
import type { StoredEvent } from '../../../src/events/stored-event.js';
import { collect, historyOf } from '../../../src/cli/history.js';
import { SAGA_EVENT_TYPES } from '../../../src/sagas/react.js';
import { appendLives } from '../../support/recorded-tasks.js';
import { runCli, startCli } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

const EVENTS = 3_000;
const silent = pino({ level: 'silent' });

/** A node with a store on it. */
class Node {
  private constructor(
    readonly node: EventStoreNode,
    readonly store: OperatorsStore,
    private readonly dataDir: string,
  ) {}

  static async start(): Promise<Node> {
    const dataDir = await mkdtemp(join(tmpdir(), 'slipway-copy-'));
    const node = await startEventStore({ dataDir, log: () => undefined });
    return new Node(node, new OperatorsStore(node.url, silent), dataDir);
  }

  get url(): string {
    return this.node.url;
  }

  events(): Promise<StoredEvent[]> {
    return collect(historyOf(this.store));
  }

  async stop(): Promise<void> {
    await this.store.close();
    await this.node.stop();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const kept = ({ stream, id, type, revision, data, metadata }: StoredEvent) => ({
  stream,
  id,
  type,
  revision,
  data,
  metadata,
});

describe('slipway events', () => {
  let source: Node;
  let all: StoredEvent[];
  const nodes: Node[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-export-'));
    source = await node();
    await appendLives(source.store, EVENTS, 5);
    all = await source.events();
  });
  afterAll(async () => {
    await Promise.all(nodes.map((each) => each.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function node(): Promise<Node> {
    const started = await Node.start();
    nodes.push(started);
    return started;
  }
  const copy = (target: Node) => ['events', 'copy', '--from', source.url, '--to', target.url, '--json'];

  it('copy: killed again and again on the way, it ends with the same log', async () => {
    const target = await node();
    const killedAt: number[] = [];
    for (let round = 1; round <= 5; round++) {
      const before = await target.store.headPosition();
      const cli = startCli(copy(target));
      await until('the copy to get on', 30_000, async () => (await target.store.headPosition()) > before);
      cli.kill('SIGKILL');
      await cli.ended;
      killedAt.push((await target.events()).length);
    }
    const { code, stdout, stderr } = await runCli(copy(target));
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ events: all.length, differences: [] });
    expect(report.already).toBeGreaterThanOrEqual(killedAt.at(-1)!);
    expect(code).toBe(0);
    expect((await target.events()).map(kept)).toEqual(all.map(kept));
    // Every kill came in the middle of the work, or it would have shown nothing.
    expect(killedAt[0]).toBeLessThan(all.length);
    const again = JSON.parse((await runCli(copy(target))).stdout) as Record<string, unknown>;
    expect(again).toMatchObject({ already: all.length, copied: 0, differences: [] });
  });

  it('copy: what the source got meanwhile comes along with the next run', async () => {
    const [from, to] = [await node(), await node()];
    const args = ['events', 'copy', '--from', from.url, '--to', to.url, '--json'];
    await appendLives(from.store, 100, 1);
    expect((await runCli(args)).code).toBe(0);
    await appendLives(from.store, 100, 2);
    expect(JSON.parse((await runCli(args)).stdout)).toMatchObject({ differences: [] });
    expect((await to.events()).map(kept)).toEqual((await from.events()).map(kept));
  });

  it('copy: refuses a target with events of others, and one on which a saga works', async () => {
    const foreign = await node();
    await appendLives(foreign.store, 10, 9);
    const before = await foreign.events();
    const refused = await runCli(copy(foreign));
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(/not empty and not the beginning of the source/);
    expect(await foreign.events()).toEqual(before);

    const atWork = await node();
    const group = { group: 'somebody', types: SAGA_EVENT_TYPES, bufferSize: 10, messageTimeoutMs: 1_000 };
    const consumer = atWork.store.joinGroup({ ...group, onMessage: () => undefined });
    await until('the consumer to join', 10_000, () => consumer.live);
    expect((await runCli(copy(atWork))).stderr).toMatch(/A service works on the target \(group somebody\)/);
    expect(await atWork.events()).toEqual([]);
  });

  it('export and import: a file carries the same log into an empty store', async () => {
    const file = join(folder, 'events.ndjson.gz');
    const exported = await runCli(['events', 'export', '--out', file, '--json'], {
      EVENTSTORE_URL: source.url,
    });
    expect(JSON.parse(exported.stdout)).toEqual({ events: all.length, file });
    const env = { EVENTSTORE_URL: source.url };
    const again = await runCli(['events', 'export', '--out', file], env);
    expect(again).toMatchObject({ code: 4, stderr: expect.stringMatching(/is there already.*--force/) });
    expect(await runCli(['events', 'export', '--out', file, '--force'], env)).toMatchObject({ code: 0 });
    const target = await node();
    const args = ['events', 'import', '--in', file, '--to', target.url, '--json'];
    expect(JSON.parse((await runCli(args)).stdout)).toMatchObject({ copied: all.length, differences: [] });
    expect((await target.events()).map(kept)).toEqual(all.map(kept));
    expect(JSON.parse((await runCli(args)).stdout)).toMatchObject({ already: all.length, copied: 0 });
  });

  it('import: what tasks say is sealed with keys of the target, also by one that was killed on the way', async () => {
    const file = join(folder, 'to-be-sealed.ndjson.gz');
    await runCli(['events', 'export', '--out', file], { EVENTSTORE_URL: source.url });
    const target = await node();
    const keys = join(folder, 'keys');
    const args = ['events', 'import', '--in', file, '--to', target.url, '--json'];
    const before = await target.store.headPosition();
    const cli = startCli(args, { SLIPWAY_KEYS_DIR: keys });
    await until('the import to get on', 30_000, async () => (await target.store.headPosition()) > before);
    cli.kill('SIGKILL');
    await cli.ended;
    const { stdout } = await runCli(args, { SLIPWAY_KEYS_DIR: keys });
    expect(JSON.parse(stdout)).toMatchObject({ events: all.length, differences: [] });
    const opened = new OperatorsStore(target.url, silent, keys);
    try {
      expect((await collect(historyOf(opened))).map(kept)).toEqual(all.map(kept));
    } finally {
      await opened.close();
    }
    await expect(target.events()).rejects.toThrow('SLIPWAY_KEYS_DIR');
  });

  it('export: writes lines to standard output', async () => {
    const { stdout, code } = await runCli(['events', 'export'], { EVENTSTORE_URL: source.url });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(all.length);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      id: all.at(-1)!.id,
      position: all.at(-1)!.position.toString(),
    });
  });

  it.each([
    [
      'an address that is none',
      ['events', 'copy', '--to', 'localhost:2113'],
      /It takes an address such as esdb:/,
    ],
    [
      'a file that is not there',
      ['events', 'import', '--in', '/nowhere', '--to', 'esdb://127.0.0.1:1?tls=false'],
      /./,
    ],
    ['no service', ['events', 'export'], /No service runs in .*npm start/],
  ])('says what to do about %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runCli(args, { SLIPWAY_DATA_DIR: folder });
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});
