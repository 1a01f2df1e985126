import { parse as parseUuid, v5 as uuidv5 } from 'uuid';
import type { WorkspaceEvent } from '../projections/queries/workspace-events.js';
import type { Webhook } from './webhook-state.js';

const MESSAGE_NAMESPACE = parseUuid('5b0f4f1e-8a53-4f0a-9a43-1f6f6c9e2d77');
/** A body is no longer than that, in bytes: what an event says beyond it is in the task's history. */
const MOST_BODY_BYTES = 256 * 1_024;

/** What a receiver is sent, and what is noted of it. */
export interface Message {
  readonly id: string;
  readonly type: string;
  /** Of the event; null for a test. */
  readonly position: string | null;
  readonly body: string;
}

/** The message of an event for a webhook: the same however often it is sent. */
export function messageOf(
  { webhookId, workspaceId }: Webhook,
  { eventId, taskId, item }: WorkspaceEvent,
): Message {
  const { type, time, position } = item;
  // From where somebody asked, and with which token, is for the audit alone.
  const { address: _, tokenId: __, ...metadata } = item.metadata;
  const told = { ...item, metadata };
  const bodyWith = (event: object) =>
    JSON.stringify({ type, timestamp: time, data: { workspaceId, taskId, event } });
  const whole = bodyWith(told);
  const body =
    Buffer.byteLength(whole) <= MOST_BODY_BYTES ? whole : bodyWith({ ...told, data: {}, truncated: true });
  return { id: uuidv5(`${webhookId}/${eventId}`, MESSAGE_NAMESPACE), type, position, body };
}

/** A message with which people try a receiver out. @param now ISO 8601 */
export function testMessage({ workspaceId, webhookId }: Webhook, id: string, now: string): Message {
  const body = JSON.stringify({ type: 'test', timestamp: now, data: { workspaceId, webhookId } });
  return { id, type: 'test', position: null, body };
}
