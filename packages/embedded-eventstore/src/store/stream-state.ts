/** What the node keeps of each stream beside its events. */
export interface StreamState {
  /** Number of the stream in the index. */
  id: number;
  /** Revision of its last event; -1 before the first. */
  head: number;
  tombstoned: boolean;
  /** First revision that is not truncated; Infinity when the stream is (soft) deleted. */
  truncateBefore: number;
  /** Most events that are shown; Infinity without a limit. */
  maxCount: number;
  /** Oldest age of an event that is shown, in milliseconds; Infinity without a limit. */
  maxAgeMs: number;
}

const SIZE = 41;

export function encodeStreamState(state: StreamState): Buffer {
  const bytes = Buffer.allocUnsafe(SIZE);
  bytes.writeDoubleLE(state.id, 0);
  bytes.writeDoubleLE(state.head, 8);
  bytes.writeDoubleLE(state.truncateBefore, 16);
  bytes.writeDoubleLE(state.maxCount, 24);
  bytes.writeDoubleLE(state.maxAgeMs, 32);
  bytes[40] = state.tombstoned ? 1 : 0;
  return bytes;
}

export const decodeStreamState = (bytes: Buffer): StreamState => ({
  id: bytes.readDoubleLE(0),
  head: bytes.readDoubleLE(8),
  truncateBefore: bytes.readDoubleLE(16),
  maxCount: bytes.readDoubleLE(24),
  maxAgeMs: bytes.readDoubleLE(32),
  tombstoned: bytes[40] === 1,
});

const METASTREAM_PREFIX = '$$';
export const metastreamOf = (stream: string) => METASTREAM_PREFIX + stream;
export const isMetastream = (stream: string) => stream.startsWith(METASTREAM_PREFIX);
/** The stream whose metadata a metastream holds; the stream itself for others. */
export const originalOf = (stream: string) =>
  isMetastream(stream) ? stream.slice(METASTREAM_PREFIX.length) : stream;

/** Of a metastream only its last event counts. */
export const newStreamState = (id: number, stream: string): StreamState => ({
  id,
  head: -1,
  tombstoned: false,
  truncateBefore: 0,
  maxCount: isMetastream(stream) ? 1 : Infinity,
  maxAgeMs: Infinity,
});

/**
 * Lowest revision that readers may see; age aside. Never beyond the next one to be written: a reader that went on
 * from further behind would not see what is appended when the stream is written again, or its truncation is lifted.
 */
export const firstVisible = (state: StreamState) =>
  Math.min(Math.max(state.truncateBefore, state.head - state.maxCount + 1, 0), state.head + 1);

/** Whether the stream was deleted and not written since. */
export const isSoftDeleted = (state: StreamState | undefined) => state?.truncateBefore === Infinity;

/** A stream without events to show that may be written again: never written, or soft deleted. */
export const isAbsent = (state: StreamState | undefined) => !state || state.head < 0 || isSoftDeleted(state);

/** `$tb` of a soft deleted stream is 2^63 - 1, which JSON.parse rounds up. */
const DELETED = 2 ** 63 - 1;

/** Takes over the settings that a `$metadata` event carries; one that is no JSON object clears them. */
export function applyMetadata(state: StreamState, data: Uint8Array): void {
  const metadata = parseMetadata(data);
  const limit = (key: string) => {
    const value = metadata[key];
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  const truncateBefore = limit('$tb') ?? 0;
  state.truncateBefore = truncateBefore >= DELETED ? Infinity : truncateBefore;
  state.maxCount = limit('$maxCount') ?? Infinity;
  state.maxAgeMs = (limit('$maxAge') ?? Infinity) * 1000;
}

export function parseMetadata(data: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** Metadata with its truncation replaced. `$tb` is written as text: 2^63 - 1 is no JavaScript number. */
export function withTruncateBefore(metadata: Record<string, unknown>, truncateBefore: string): Buffer {
  const { $tb: _old, ...rest } = metadata;
  const others = JSON.stringify(rest).slice(1, -1);
  return Buffer.from(`{${others}${others ? ',' : ''}"$tb":${truncateBefore}}`);
}

export const DELETED_TRUNCATE_BEFORE = '9223372036854775807';
