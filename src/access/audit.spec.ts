import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { Audit, type AuditWish } from './audit.js';
import type { AccessTokens } from './access-tokens.js';
import { Places } from './places.js';

const START = Date.parse('2026-01-31T12:00:00.000Z');
const MINUTE_MS = 60_000;

describe('who did what', () => {
  let store: InMemoryEventStore;
  let audit: Audit;
  let ms: number;
  const task = { acme: randomUUID(), other: randomUUID() };
  const token = randomUUID();

  /** One minute after the other. */
  const happened = async (stream: string, type: string, actor: string | undefined, data: object = {}) => {
    ms += MINUTE_MS;
    const known = store.log.filter(({ stream: of }) => of === stream).length;
    const metadata = { actor, address: '10.0.0.1', tokenId: actor?.split('token:')[1] };
    await store.append(
      stream,
      [{ id: randomUUID(), type, data, metadata }],
      known === 0 ? 'no_stream' : BigInt(known - 1),
    );
  };
  const page = (wish: Partial<AuditWish> = {}) => audit.page({ limit: 50, maySee: () => true, ...wish });
  const actions = async (wish: Partial<AuditWish> = {}) =>
    (await page(wish)).items.map(({ action }) => action);

  beforeEach(async () => {
    ms = START;
    store = new InMemoryEventStore({ now: () => new Date(ms) });
    const known = new Map([[token, { workspaceId: 'acme' }]]);
    audit = new Audit(
      store,
      new Places(store),
      { known } as unknown as AccessTokens,
      new VirtualClock(START),
    );
    await happened(`task-${task.acme}`, 'TaskCreated', 'user:ann', { workspaceId: 'acme', task: 'a secret' });
    await happened(`task-${task.acme}`, 'StageStarted', 'saga');
    await happened(`task-${task.other}`, 'TaskCreated', 'user:bob', { workspaceId: 'other' });
    await happened('note', 'Noted', undefined);
    await happened(`task-${task.acme}`, 'KillRequested', `token:${token}`);
    await happened('access-tokens', 'TokenRevoked', 'user:ann', { tokenId: token });
    await happened('slipway-refusals', 'RequestRefused', 'nobody', { code: 'not_authenticated', count: 3 });
  });

  it('is told newest first, with when, from where and with what, and nothing that anybody wrote', async () => {
    const { items, next } = await page();
    expect(next).toBeNull();
    expect(items.map(({ action }) => action)).toEqual([
      'RequestRefused',
      'TokenRevoked',
      'KillRequested',
      'TaskCreated',
      'TaskCreated',
    ]);
    expect(items[2]).toMatchObject({
      actor: `token:${token}`,
      time: new Date(START + 5 * MINUTE_MS).toISOString(),
      subject: { kind: 'task', id: task.acme },
      workspaceId: 'acme',
      address: '10.0.0.1',
      tokenId: token,
      refusal: null,
    });
    expect(items[1]).toMatchObject({ subject: { kind: 'token', id: token }, workspaceId: 'acme' });
    expect(items[0]).toMatchObject({ workspaceId: null, refusal: { code: 'not_authenticated', count: 3 } });
    expect(JSON.stringify(items)).not.toContain('a secret');
  });

  it('is the same oldest first, and a page after the other, in either order', async () => {
    const all = (await page()).items;
    expect((await page({ after: 0n })).items).toEqual([...all].reverse());
    for (const isForwards of [true, false]) {
      const found = [];
      let next: bigint | null = isForwards ? 0n : null;
      do {
        const place: Partial<AuditWish> = isForwards
          ? { after: next! }
          : next === null
            ? {}
            : { before: next };
        const some = await page({ ...place, limit: 2 });
        found.push(...some.items);
        ({ next } = some);
      } while (next !== null);
      expect(found).toEqual(isForwards ? [...all].reverse() : all);
    }
  });

  it.each<[string, Partial<AuditWish>, string[]]>([
    ['a workspace', { workspaceId: 'other' }, ['TaskCreated']],
    ['an actor', { actor: 'user:ann' }, ['TokenRevoked', 'TaskCreated']],
    ['the service itself', { actor: 'saga' }, ['StageStarted']],
    ['a token', { tokenId: token }, ['KillRequested']],
    ['a type', { action: 'TaskCreated' }, ['TaskCreated', 'TaskCreated']],
    ['what it was done to', { subject: task.acme }, ['KillRequested', 'TaskCreated']],
    ['what was refused', { refused: true }, ['RequestRefused']],
    ['what was not', { refused: false, actor: 'nobody' }, []],
    [
      'a time',
      { from: new Date(START + 5 * MINUTE_MS), until: new Date(START + 6 * MINUTE_MS) },
      ['TokenRevoked', 'KillRequested'],
    ],
  ])('is found by %s', async (_, wish, expected) => {
    expect(await actions(wish)).toEqual(expected);
    expect(await actions({ ...wish, after: 0n })).toEqual([...expected].reverse());
  });

  it('is told nobody who may not see it', async () => {
    const maySee = (workspaceId: string | null) => workspaceId === 'other';
    expect((await page({ maySee })).items).toMatchObject([{ workspaceId: 'other', actor: 'user:bob' }]);
  });

  it('looks at so much of the log for a page and no more, and goes on from there', async () => {
    for (let count = 0; count < 5_000 * 5; count += 5_000) {
      const said = () => ({ id: randomUUID(), type: 'AgentSaid', data: {}, metadata: { actor: 'session' } });
      await store.append(
        'session-1',
        Array.from({ length: 5_000 }, said),
        count === 0 ? 'no_stream' : BigInt(count - 1),
      );
    }
    const pages = [];
    let before: bigint | undefined;
    do {
      const some = await page({ before, limit: 5 });
      pages.push(some.items.length);
      before = some.next ?? undefined;
    } while (before !== undefined && pages.length < 10);
    expect(pages.slice(0, 3)).toEqual([0, 0, 5]);
  });
});
