import { Type, type Static, type TObject } from '@sinclair/typebox';
import { Position, Uuid, whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. The webhooks of all workspaces are in one stream. */

export const WEBHOOKS_STREAM = 'workspace-webhooks';

/** The longest address of a receiver, in characters. */
export const LONGEST_URL = 2_000;
/** So many types of events one webhook names at most. */
export const MOST_TYPES = 100;

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const which = { webhookId: Uuid, workspaceId: Type.String({ pattern: whole(WORKSPACE_ID) }) };
const Url = Type.String({ minLength: 1, maxLength: LONGEST_URL });
/** Null: events of every type. */
const Types = Type.Union([
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: MOST_TYPES }),
  Type.Null(),
]);

/** Whom a workspace tells of what happens in it. Secrets are in no event, and how far each has got neither. */
export const WEBHOOK_EVENT_SCHEMAS = {
  WebhookCreated: Type.Object({ ...which, url: Url, types: Types, at: At }),
  /** What is absent stays as it was. */
  WebhookChanged: Type.Object({
    ...which,
    url: Type.Optional(Url),
    types: Type.Optional(Types),
    status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('paused')])),
    at: At,
  }),
  /** What happened after the position is delivered, be it again. */
  WebhookReplayed: Type.Object({ ...which, after: Position, at: At }),
  /** The service has given it up; the reason is for people. */
  WebhookDisabled: Type.Object({ ...which, reason: Type.String({ minLength: 1, maxLength: 1_000 }), at: At }),
  WebhookDeleted: Type.Object({ ...which, at: At }),
} satisfies Record<string, TObject>;

type EventTypes = keyof typeof WEBHOOK_EVENT_SCHEMAS;
export type WebhookEvent = {
  [T in EventTypes]: { readonly type: T; readonly data: Static<(typeof WEBHOOK_EVENT_SCHEMAS)[T]> };
}[EventTypes];
export const WEBHOOK_EVENT_TYPES = Object.keys(WEBHOOK_EVENT_SCHEMAS) as EventTypes[];

export const webhookCodec = codecOf<WebhookEvent>(WEBHOOK_EVENT_SCHEMAS);
