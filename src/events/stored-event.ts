/** An event as it is handed to the store. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
}

export interface EventMetadata {
  readonly $correlationId?: string;
  readonly $causationId?: string;
  readonly commandId?: string;
  readonly actor?: string;
  readonly schemaVersion?: unknown;
  readonly traceparent?: unknown;
  readonly [key: string]: unknown;
}

/** An event as the store gives it back, of whatever type. */
export interface StoredEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** When the store took it in. */
  readonly created: Date;
  /** Not yet validated: see codec.ts. */
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** The span that led to an event, where it was stored with one. Whoever uses it checks what it says. */
export const traceparentOf = ({ metadata }: Pick<StoredEvent, 'metadata'>): string | undefined =>
  typeof metadata.traceparent === 'string' ? metadata.traceparent : undefined;
