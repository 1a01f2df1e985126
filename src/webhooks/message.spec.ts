import { expect, it } from '@jest/globals';
import { messageOf } from './message.js';
import type { Webhook } from './webhook-state.js';

const HOOK: Webhook = {
  webhookId: '2f0c4a8e-6a55-4a55-9a55-0123456789ab',
  workspaceId: 'acme',
  url: 'https://example.com/',
  types: null,
  status: 'active',
  reason: null,
  createdAt: '2026-11-27T10:00:00.000Z',
  changedAt: '2026-11-27T10:00:00.000Z',
};
const eventWith = (data: Record<string, unknown>, eventId = 'c0ffee00-0000-4000-8000-000000000001') => ({
  taskId: '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e',
  eventId,
  item: {
    position: '4711',
    revision: 0,
    type: 'TaskCreated',
    time: '2026-11-27T10:00:00.000Z',
    data,
    metadata: { actor: 'api' },
  },
});

it('holds the event as the history has it, and whose it is', () => {
  const event = eventWith({ task: 'fix: the door' });
  const message = messageOf(HOOK, event);
  expect(message).toMatchObject({ type: 'TaskCreated', position: '4711' });
  expect(JSON.parse(message.body)).toEqual({
    type: 'TaskCreated',
    timestamp: '2026-11-27T10:00:00.000Z',
    data: { workspaceId: 'acme', taskId: event.taskId, event: event.item },
  });
});

it('says who did it, and not from where or with which token', () => {
  const event = eventWith({});
  const metadata = { actor: 'token:1', address: '10.0.0.1', tokenId: '1', traceparent: 'x' };
  const { body } = messageOf(HOOK, { ...event, item: { ...event.item, metadata } });
  expect(JSON.parse(body)).toMatchObject({ data: { event: { metadata: { actor: 'token:1' } } } });
  expect(body).not.toMatch(/10\.0\.0\.1|tokenId/);
});

it('has an id that follows from the webhook and the event alone', () => {
  const { id } = messageOf(HOOK, eventWith({}));
  expect(messageOf({ ...HOOK, url: 'https://example.org/' }, eventWith({ erased: true })).id).toBe(id);
  const others = [
    messageOf({ ...HOOK, webhookId: '3f0c4a8e-6a55-4a55-9a55-0123456789ab' }, eventWith({})),
    messageOf(HOOK, eventWith({}, 'c0ffee00-0000-4000-8000-000000000002')),
  ];
  for (const other of others) expect(other.id).not.toBe(id);
});

it('leaves out what would be too long, counted in bytes, and says so', () => {
  const { body } = messageOf(HOOK, eventWith({ task: 'ö'.repeat(200_000) }));
  expect(Buffer.byteLength(body)).toBeLessThan(2_000);
  expect(JSON.parse(body)).toMatchObject({
    data: { event: { position: '4711', data: {}, truncated: true } },
  });
});
