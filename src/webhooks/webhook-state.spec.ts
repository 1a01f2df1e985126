import { expect, it } from '@jest/globals';
import type { WebhookEvent } from '../events/access/webhook-events.js';
import { evolveWebhooks, type AllWebhooks } from './webhook-state.js';

const which = { webhookId: '2f0c4a8e-6a55-4a55-9a55-0123456789ab', workspaceId: 'acme' };
const at = (n: number) => ({ at: `2026-11-27T10:00:0${n}.000Z` });
const created: WebhookEvent = {
  type: 'WebhookCreated',
  data: { ...which, url: 'https://example.com/', types: ['TaskCreated'], ...at(0) },
};
const disabled: WebhookEvent = { type: 'WebhookDisabled', data: { ...which, reason: 'gone', ...at(1) } };
const folded = (...events: WebhookEvent[]) =>
  events.reduce<AllWebhooks | null>(evolveWebhooks, null)!.get(which.webhookId);

it('is active from its beginning, and disabled with a reason', () => {
  expect(folded(created)).toMatchObject({ status: 'active', reason: null, types: ['TaskCreated'] });
  expect(folded(created, disabled)).toMatchObject({ status: 'disabled', reason: 'gone' });
});

it('changes what is named and nothing else; only a new status takes a reason away', () => {
  const moved: WebhookEvent = {
    type: 'WebhookChanged',
    data: { ...which, url: 'https://example.org/', ...at(2) },
  };
  expect(folded(created, disabled, moved)).toMatchObject({
    url: 'https://example.org/',
    types: ['TaskCreated'],
    status: 'disabled',
    reason: 'gone',
  });
  const resumed: WebhookEvent = {
    type: 'WebhookChanged',
    data: { ...which, types: null, status: 'active', ...at(3) },
  };
  expect(folded(created, disabled, resumed)).toMatchObject({ status: 'active', reason: null, types: null });
});

it('is active again by a replay, unless people have paused it', () => {
  const replayed: WebhookEvent = { type: 'WebhookReplayed', data: { ...which, after: '0', ...at(2) } };
  expect(folded(created, disabled, replayed)).toMatchObject({ status: 'active', reason: null });
  const paused: WebhookEvent = { type: 'WebhookChanged', data: { ...which, status: 'paused', ...at(1) } };
  expect(folded(created, paused, replayed)).toMatchObject({ status: 'paused' });
});

it('is gone when it was deleted, whatever is said of it afterwards', () => {
  expect(folded(created, { type: 'WebhookDeleted', data: { ...which, ...at(1) } }, disabled)).toBeUndefined();
});
