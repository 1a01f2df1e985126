import type { StoredEvent } from '../../events/stored-event.js';
import type { SessionEvent } from '../../events/session/session-events.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import type { VersionedTask } from '../../events/task/task-state.js';

/** How a column of a row that is there already takes a new value. */
export type Merge =
  /** The new value replaces the old one. */
  | 'replace'
  /** The first value stays. */
  | 'keep'
  /** The new value replaces the old one unless it is null: null says nothing. */
  | 'unless-null';

export interface Column {
  readonly type: string;
  readonly nullable?: boolean;
  /** Default: replace. */
  readonly merge?: Merge;
}

/**
 * A table of a projection. Every one has the column `position`: the position of the last event in the row,
 * so that a row never goes back.
 */
export interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>> & { readonly position: Column };
  readonly key: readonly string[];
  /** Every change is a row of its own, never merged into another: such a table is filled faster. */
  readonly insertOnly?: boolean;
  /** Column lists, as in CREATE INDEX. */
  readonly indexes?: readonly string[];
  /** Storage parameters, as in CREATE TABLE … WITH. */
  readonly storage?: string;
}

/** For tables whose rows change often: the space of old versions is given back early, not when a fifth of the rows is dead. */
export const REWRITTEN = 'autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05';

/** Values by column. Positions and revisions are decimal strings, times ISO 8601, json columns plain objects. */
export type Row = Readonly<Record<string, unknown>>;

/** A row to be inserted, or merged into the one with the same key. */
export interface RowChange {
  readonly table: string;
  readonly row: Row;
}

/** One event and what it did to its task. */
export interface Change {
  readonly before: VersionedTask;
  readonly after: VersionedTask;
  /** Null for one that cannot be read: then the task says so. */
  readonly event: TaskEvent | null;
  readonly stored: StoredEvent;
}

/** One event of a session. */
export interface SessionChange {
  readonly sessionId: string;
  /** Null for one that cannot be read. */
  readonly event: SessionEvent | null;
  readonly stored: StoredEvent;
}

/**
 * A projection, declared in one place: what it is called, its tables, and the pure functions from an event
 * to row changes. Raise `version` with any change of tables or functions: the rows are then rebuilt at start.
 */
export interface Projection {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly Table[];
  /** What an event of a task changes; nothing, when absent. */
  project?(change: Change): readonly RowChange[];
  /** What an event of a session changes; nothing, when absent. */
  projectSession?(change: SessionChange): readonly RowChange[];
}

/** A projection of what happens to tasks. */
export type TaskProjection = Projection & Required<Pick<Projection, 'project'>>;
/** A projection of what happens in sessions. */
export type SessionProjection = Projection & Required<Pick<Projection, 'projectSession'>>;
