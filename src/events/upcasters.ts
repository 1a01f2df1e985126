import type { SessionEventType } from './session/session-events.js';
import type { TaskEventType } from './task/task-events.js';

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
