import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { parse as parseUuid, v5 as uuidv5 } from 'uuid';
import { knownCode } from './failure-codes.js';
import type { NewEvent, StoredEvent } from '../store/event-store.js';
import {
  TASK_EVENT_SCHEMAS,
  TASK_EVENT_TYPES,
  type TaskEvent,
  type TaskEventType,
} from './task/task-events.js';
import { currentVersion, upcast } from './upcasters.js';

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
}

/** An event that cannot be read: unknown version, or data that its schema refuses. It parks its task and no other. */
export class UndecodableEventError extends Error {
  override readonly name = 'UndecodableEventError';
}

const EVENT_ID_NAMESPACE = parseUuid('f3d0f0c6-5c3f-4a57-9d64-6a2f3f5d9e11');
const checks = new Map<TaskEventType, TypeCheck<TSchema>>(
  TASK_EVENT_TYPES.map((type) => [type, TypeCompiler.Compile(TASK_EVENT_SCHEMAS[type])]),
);

const isTaskEventType = (type: string): type is TaskEventType => Object.hasOwn(TASK_EVENT_SCHEMAS, type);

function assertData(type: TaskEventType, data: unknown, where: string): void {
  const check = checks.get(type)!;
  if (check.Check(data)) return;
  const first = check.Errors(data).First();
  throw new UndecodableEventError(
    `${type} ${where}: ${first ? `${first.path || 'data'}: ${first.message}` : 'invalid data'}`,
  );
}

/** The event id of the nth event of a command. */
export const eventId = (commandId: string, index: number): string =>
  uuidv5(`${commandId}/${index}`, EVENT_ID_NAMESPACE);

/** Events as they are to be appended. Throws UndecodableEventError rather than store what could not be read back. */
export function encode(events: readonly TaskEvent[], causation: Causation): NewEvent[] {
  return events.map((event, index) => {
    assertData(event.type, event.data, 'to be stored');
    return {
      id: eventId(causation.commandId, index),
      type: event.type,
      data: event.data,
      metadata: {
        $correlationId: causation.correlationId,
        $causationId: causation.causationId,
        commandId: causation.commandId,
        actor: causation.actor,
        schemaVersion: currentVersion(event.type),
      },
    };
  });
}

/**
 * A stored event in today's shape, or null for a type that is not ours (a newer writer's, say): readers
 * skip those. Unknown fields are left in place and do no harm.
 */
export function decode(
  stored: Pick<StoredEvent, 'type' | 'data' | 'metadata' | 'stream' | 'revision'>,
): TaskEvent | null {
  if (!isTaskEventType(stored.type)) return null;
  const where = `at ${stored.stream}@${stored.revision}`;
  const version = stored.metadata.schemaVersion ?? 1;
  if (
    typeof version !== 'number' ||
    !Number.isInteger(version) ||
    version < 1 ||
    version > currentVersion(stored.type)
  ) {
    throw new UndecodableEventError(
      `${stored.type} ${where}: schema version ${JSON.stringify(version)} is not known here; this service reads up to ${currentVersion(stored.type)}`,
    );
  }
  if (typeof stored.data !== 'object' || stored.data === null) {
    throw new UndecodableEventError(`${stored.type} ${where}: data is not an object`);
  }
  const data = upcast(stored.type, version, stored.data as Record<string, unknown>);
  assertData(stored.type, data, where);
  const known = typeof data.code === 'string' ? { ...data, code: knownCode(data.code) } : data;
  return { type: stored.type, data: known } as TaskEvent;
}
