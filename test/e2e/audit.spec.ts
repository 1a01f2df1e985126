import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry, AuditQuery, CreatedToken, TaskRecord } from '@slipway/client';
import { SlipwayClient } from '@slipway/client';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const NEW_TASK = { task: 'what nobody else is to read', repoRemote: 'https://git.example.com/acme/shop.git' };
const LIMIT_MS = 40_000;

describe('who did what, and what was refused', () => {
  let service: ServiceProcess;
  let root: SlipwayClient;
  let rootToken: string;
  let own: TaskRecord;
  let others: TaskRecord;
  const of = {} as Record<'member' | 'maintainer' | 'viewer' | 'other', CreatedToken>;
  const client = (token: string) => new SlipwayClient({ url: service.url, token });
  const audit = async (query: AuditQuery = {}, asked = root) =>
    (await asked.readAudit({ limit: 200, ...query })).items;
  const refusedTo = (entries: readonly AuditEntry[], code: string) =>
    entries.filter(({ refusal }) => refusal?.code === code);
  const cli = (args: string[], token = rootToken) =>
    runCli(['audit', ...args], { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_TOKEN: token });
  const ask = (path: string, token: string) =>
    fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_AUTH: 'tokens' });
    const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
    rootToken = made.stdout.trim();
    root = client(rootToken);
    await until('the first token to be known', 20_000, () =>
      root.getCaller().then(
        () => true,
        () => false,
      ),
    );
    for (const role of ['member', 'maintainer', 'viewer'] as const)
      of[role] = await root.createToken({ name: role, role, workspaceId: 'acme' });
    of.other = await root.createToken({ name: 'other', role: 'maintainer', workspaceId: 'other' });
    own = await client(of.member.token).createTask(NEW_TASK);
    others = await root.createTask({ ...NEW_TASK, workspaceId: 'acme' });
    await client(of.member.token).killTask(own.taskId);
    await root.setCredential('acme', 'git.example.com', { kind: 'https', token: 'tok-2718281828' });
    await client(of.member.token)
      .killTask(others.taskId)
      .catch(() => undefined);
    await client(of.other.token)
      .getTask(own.taskId)
      .catch(() => undefined);
    await ask(`/v1/tasks?workspaceId=acme&secret=1`, 'x');
    const socket = await RawLiveSocket.connect(service.url, { authorization: `Bearer ${of.other.token}` });
    socket.subscribe('workspace:acme');
    await until('the topic to be refused', 20_000, () => socket.frames.length > 0);
    socket.socket.terminate();
    await until('what was refused to be stored', LIMIT_MS, async () => {
      const entries = await audit({ refused: true });
      return ['not_permitted', 'task_not_found', 'not_authenticated', 'unknown_topic'].every(
        (code) => refusedTo(entries, code).length > 0,
      );
    });
  });
  afterAll(async () => {
    root?.close();
    await service?.dispose();
  });

  it('is told with who, when, from where and with which token, and without what anybody wrote', async () => {
    const entries = await audit({ refused: false });
    const tokenId = of.member.tokenId;
    const by = { actor: `token:${tokenId}`, tokenId, address: '127.0.0.1', workspaceId: 'acme' };
    for (const action of ['TaskCreated', 'KillRequested'])
      expect(
        entries.find(({ subject, action: did }) => did === action && subject?.id === own.taskId),
      ).toMatchObject({
        ...by,
        subject: { kind: 'task', id: own.taskId },
        refusal: null,
      });
    expect(entries.find(({ action }) => action === 'CredentialSet')).toMatchObject({
      subject: { kind: 'credential', id: 'git.example.com' },
      workspaceId: 'acme',
    });
    const created = entries.filter(({ action }) => action === 'TokenCreated');
    expect(created.map(({ subject }) => subject!.id)).toEqual(
      expect.arrayContaining(Object.values(of).map((token) => token.tokenId)),
    );
    // The token was used: from where is told as well.
    expect(entries.find(({ action, actor }) => action === 'TokenUsed' && actor === by.actor)).toMatchObject({
      address: '127.0.0.1',
    });
    const times = entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort().reverse());
    expect(entries.map(({ actor }) => actor)).not.toContain('saga');
    expect(JSON.stringify(entries)).not.toMatch(/nobody else is to read|tok-2718281828/);
  });

  it('has what was refused to whom, and to nobody', async () => {
    const entries = await audit({ refused: true });
    expect(refusedTo(entries, 'not_permitted')).toContainEqual(
      expect.objectContaining({
        actor: `token:${of.member.tokenId}`,
        address: '127.0.0.1',
        workspaceId: 'acme',
        refusal: expect.objectContaining({
          method: 'POST',
          path: `/v1/tasks/${others.taskId}/kill`,
          count: 1,
        }),
      }),
    );
    expect(refusedTo(entries, 'task_not_found')[0]).toMatchObject({ actor: `token:${of.other.tokenId}` });
    expect(refusedTo(entries, 'unknown_topic')[0]).toMatchObject({
      actor: `token:${of.other.tokenId}`,
      refusal: { path: 'workspace:acme' },
    });
    expect(refusedTo(entries, 'not_authenticated').map(({ actor }) => actor)).toContain('nobody');
    expect(JSON.stringify(entries)).not.toContain('secret=1');
  });

  it('is told a maintainer of their own workspace, and of no other', async () => {
    const seen = await audit({}, client(of.maintainer.token));
    expect(new Set(seen.map(({ workspaceId }) => workspaceId))).toEqual(new Set(['acme']));
    expect(seen.map(({ actor }) => actor)).toContain(`token:${of.member.tokenId}`);
    const elsewhere = await audit({}, client(of.other.token));
    expect(new Set(elsewhere.map(({ workspaceId }) => workspaceId))).toEqual(new Set(['other']));
    await expect(audit({ workspaceId: 'acme' }, client(of.other.token))).rejects.toMatchObject({
      status: 404,
    });
    await expect(audit({}, client(of.viewer.token))).rejects.toMatchObject({ status: 403 });
  });

  it('is read a page after the other, in either order, and narrowed', async () => {
    const all = await audit({ until: new Date().toISOString() });
    const until = all[0]!.time;
    for (const isForwards of [true, false]) {
      const found: string[] = [];
      let next: string | null = isForwards ? '0' : null;
      do {
        const place = isForwards ? { after: next! } : next === null ? {} : { before: next };
        const page = await root.readAudit({ ...place, until, limit: 5 });
        found.push(...page.items.map(({ position }) => position));
        ({ next } = page);
      } while (next !== null);
      const positions = all.map(({ position }) => position);
      expect(found).toEqual(isForwards ? positions.reverse() : positions);
    }
    expect(new Set((await audit({ tokenId: of.member.tokenId })).map(({ actor }) => actor))).toEqual(
      new Set([`token:${of.member.tokenId}`]),
    );
    expect((await audit({ action: 'KillRequested' })).map(({ subject }) => subject?.id)).toEqual([
      own.taskId,
    ]);
    expect((await audit({ actor: 'saga' })).length).toBeGreaterThan(0);
  });

  it.each([
    'after=1',
    'before=7777777',
    'after=0&before=0',
    'from=yesterday',
    'until=2026-02-30T00:00:00Z',
    'refused=perhaps',
    'limit=0',
    `address=${'1'.repeat(251)}`,
    'workspaceId=a%2Fb',
  ])('refuses %s, and says why', async (query) => {
    const answer = await ask(`/v1/audit?${query}`, rootToken);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ field: expect.any(String) }] });
  });

  it('is asked on the command line, as a table and for programs', async () => {
    const table = await cli(['--refused', '--from', '1h']);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/WHO .*TIMES/);
    expect(table.stdout).toContain(`refused: not_permitted`);
    const json = await cli(['--subject', own.taskId, '--after', '0', '--limit', '0', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [{ action: 'TaskCreated' }, { action: 'KillRequested' }],
      next: null,
    });
    const one = await cli(['--limit', '1']);
    expect(one.stdout).toMatch(/there may be more: --before \d+/);
    expect((await cli([], of.viewer.token)).code).toBe(4);
    expect((await cli(['--from', 'yesterday'])).code).toBe(2);
    expect((await cli(['--help'])).stdout).toContain('slipway audit --from 2h');
  });

  it('costs little when there is a flood of it, and hides nothing', async () => {
    const before = await root.readAudit({ limit: 1 });
    for (let round = 0; round < 10; round++)
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          ask(`/v1/tasks/${round}-${n}`, 'x').then((answer) => answer.body?.cancel()),
        ),
      );
    const flood = () => audit({ after: before.items[0]!.position, actor: 'nobody' });
    const count = (entries: readonly AuditEntry[]) =>
      entries.reduce((sum, { refusal }) => sum + (refusal?.count ?? 0), 0);
    await until('all of it to be counted', 90_000, async () => count(await flood()) >= 500);
    expect((await flood()).length).toBeLessThan(20);
    expect(count(await flood())).toBe(500);
  }, 150_000);
});
