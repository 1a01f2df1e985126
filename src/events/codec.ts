import type { TObject } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { parse as parseUuid, v5 as uuidv5 } from 'uuid';
import type { SessionEventType } from './session/session-events.js';
import type { TaskEventType } from './task/task-events.js';
import { knownCode } from './failure-codes.js';
import type { NewEvent, StoredEvent } from './stored-event.js';

/** Turns the data that a schema version stored into that of the next version. Pure; never removed or changed. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/**
 * For each event type its upcasters: the first lifts version 1 to 2, the second 2 to 3, and so on. The
 * current version of a type is therefore one more than the number of its upcasters.
 */
export const UPCASTERS: Partial<Record<TaskEventType | SessionEventType, readonly Upcaster[]>> = {};

/** The version in which events of the type are written today. */
export const currentVersion = (type: string): number => upcastersOf(type).length + 1;

/** Data of the stored version, lifted to the current one. */
export function upcast(
  type: string,
  version: number,
  data: Record<string, unknown>,
): Record<string, unknown> {
  return upcastersOf(type)
    .slice(version - 1)
    .reduce((lifted, upcaster) => upcaster(lifted), data);
}

const upcastersOf = (type: string): readonly Upcaster[] =>
  (UPCASTERS as Readonly<Record<string, readonly Upcaster[]>>)[type] ?? [];

/** Who asked, and for what: goes into the metadata of every event of one append. */
export interface Causation {
  /** The command's id: with an event's index it makes the event ids, so that a repeated append is the same append. */
  readonly commandId: string;
  /** All that came of one request carries its id. */
  readonly correlationId: string;
  /** The event or command that led here. */
  readonly causationId: string;
  /** `api`, `saga`, … or who the caller says they are. */
  readonly actor: string;
  /** From where the caller asked, and with which token, where that is known. */
  readonly address?: string;
  readonly tokenId?: string;
  /** The span that led here (https://www.w3.org/TR/trace-context/), where anybody keeps traces. */
  readonly traceparent?: string;
  /** Whose the events are; `*` where they are of all workspaces, nothing where they are of none. */
  readonly workspaceId?: string;
}

/** An event that cannot be read: unknown version, or data that its schema refuses. It parks its task and no other. */
export class UndecodableEventError extends Error {
  override readonly name = 'UndecodableEventError';
}

const EVENT_ID_NAMESPACE = parseUuid('f3d0f0c6-5c3f-4a57-9d64-6a2f3f5d9e11');
/** The event id of the nth event of a command. */
export const eventId = (commandId: string, index: number): string =>
  uuidv5(`${commandId}/${index}`, EVENT_ID_NAMESPACE);

/** An event of an aggregate, by its type. */
interface TypedEvent {
  readonly type: string;
  readonly data: object;
}

/** What can be read of a stored event without knowing whose it is. */
export type Decodable = Pick<StoredEvent, 'type' | 'data' | 'metadata' | 'stream' | 'revision'>;

/** Between the events of one aggregate and what is stored of them. */
export interface Codec<Event extends TypedEvent> {
  /** Events as they are to be appended. Throws UndecodableEventError rather than store what could not be read back. */
  encode(events: readonly Event[], causation: Causation): NewEvent[];
  /**
   * A stored event in today's shape, or null for a type that is not the aggregate's (a newer writer's, say): readers
   * skip those. Unknown fields are left in place and do no harm.
   */
  decode(stored: Decodable): Event | null;
}

/** A codec that can be asked beforehand. */
export interface CheckingCodec<Event extends TypedEvent> extends Codec<Event> {
  /** Whether `encode` takes the event. */
  fits(event: Event): boolean;
}

/** The codec of an aggregate. @param schemas the data of each of its event types */
export function codecOf<Event extends TypedEvent>(
  schemas: Readonly<Record<string, TObject>>,
): CheckingCodec<Event> {
  const checks = new Map<string, TypeCheck<TObject>>(
    Object.entries(schemas).map(([type, schema]) => [type, TypeCompiler.Compile(schema)]),
  );
  const assertData = (check: TypeCheck<TObject>, type: string, data: unknown, where: string) => {
    if (check.Check(data)) return;
    const first = check.Errors(data).First();
    throw new UndecodableEventError(
      `${type} ${where}: ${first ? `${first.path || 'data'}: ${first.message}` : 'invalid data'}`,
    );
  };
  return {
    fits: ({ type, data }) => checks.get(type)?.Check(data) ?? false,
    encode: (events, causation) =>
      events.map((event, index) => {
        assertData(checks.get(event.type)!, event.type, event.data, 'to be stored');
        return {
          id: eventId(causation.commandId, index),
          type: event.type,
          data: event.data,
          metadata: {
            $correlationId: causation.correlationId,
            $causationId: causation.causationId,
            commandId: causation.commandId,
            actor: causation.actor,
            ...(causation.address !== undefined && { address: causation.address }),
            ...(causation.tokenId !== undefined && { tokenId: causation.tokenId }),
            ...(causation.traceparent !== undefined && { traceparent: causation.traceparent }),
            ...(causation.workspaceId !== undefined && { workspaceId: causation.workspaceId }),
            schemaVersion: currentVersion(event.type),
          },
        };
      }),
    decode: (stored) => {
      const check = checks.get(stored.type);
      if (check === undefined) return null;
      const where = `at ${stored.stream}@${stored.revision}`;
      const data = upcast(stored.type, versionOf(stored, where), dataOf(stored, where));
      assertData(check, stored.type, data, where);
      const known = typeof data.code === 'string' ? { ...data, code: knownCode(data.code) } : data;
      return { type: stored.type, data: known } as unknown as Event;
    },
  };
}

function versionOf({ type, metadata }: Decodable, where: string): number {
  const version = metadata.schemaVersion ?? 1;
  if (Number.isInteger(version) && Number(version) >= 1 && Number(version) <= currentVersion(type))
    return Number(version);
  throw new UndecodableEventError(
    `${type} ${where}: schema version ${JSON.stringify(version).slice(0, 100)} is not known here; this service reads up to ${currentVersion(type)}`,
  );
}

function dataOf({ type, data }: Decodable, where: string): Record<string, unknown> {
  if (typeof data === 'object' && data !== null) return data as Record<string, unknown>;
  throw new UndecodableEventError(`${type} ${where}: data is not an object`);
}
