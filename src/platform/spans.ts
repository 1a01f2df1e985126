/** What takes time in a task's life, for traces: a request, a stage, a call of a provider, an append, the way to the rows and to sockets. */
export interface SpanDetails {
  readonly name: string;
  readonly kind?: 'server' | 'client' | 'internal';
  /** What led here, as W3C `traceparent`; without it the span that is under way. What nothing led to is not traced, but for requests. */
  readonly traceparent?: string;
  /** 32 hexadecimal digits: which trace a request begins that is part of none. */
  readonly traceId?: string;
  readonly attributes?: SpanAttributes;
}
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that somebody else ends. */
export interface OpenSpan {
  /** What the work does belongs to the span. */
  run<T>(work: () => T): T;
  /** @param name what it turned out to be */
  end(name: string, attributes: SpanAttributes, isFailed: boolean): void;
}

/** Who keeps spans. */
export interface Spans {
  /** A request's span, ended by its answer. */
  begin(details: SpanDetails): OpenSpan;
  /** The work, timed; what it rejects with is its end. */
  run<T>(details: SpanDetails, work: () => Promise<T>): Promise<T>;
  /** What has happened already. Times are in milliseconds since the Unix epoch. */
  note(details: SpanDetails & { readonly traceparent: string }, begunMs: number, endedMs: number): void;
  /** What events are stored with, so that what they lead to belongs to the same trace: the span of the request that led here. */
  traceparent(): string | undefined;
  /** Hands on what is kept. Never rejects. */
  stop(): Promise<void>;
}

let spans: Spans | null = null;

/** Has everything of this process traced from now on; null: nothing. */
export function traceWith(kept: Spans | null): void {
  spans = kept;
}

/** Whether anybody keeps spans: nothing need be made for them otherwise. */
export const isTracing = (): boolean => spans !== null;

export const beginSpan = (details: SpanDetails): OpenSpan | null => spans?.begin(details) ?? null;

/** Does the work, within a span where anybody keeps them. */
export const inSpan = <T>(details: SpanDetails, work: () => Promise<T>): Promise<T> =>
  spans === null ? work() : spans.run(details, work);

export const noteSpan: Spans['note'] = (details, begunMs, endedMs) => spans?.note(details, begunMs, endedMs);

export const currentTraceparent = (): string | undefined => spans?.traceparent();

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, id of the trace, id of the caller's span, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What a `traceparent` says; null for what is none, from wherever it is. */
export function parseTraceparent(
  text: unknown,
): { readonly traceId: string; readonly spanId: string; readonly isSampled: boolean } | null {
  const [, traceId, spanId, flags] = (typeof text === 'string' && TRACEPARENT.exec(text)) || [];
  if (traceId === undefined) return null;
  return { traceId, spanId: spanId!, isSampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}
