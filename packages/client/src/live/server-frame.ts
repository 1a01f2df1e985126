import { isPosition } from '../position.js';
import type { TaskRecord, TranscriptDelta, TranscriptEntry } from '../types.js';

/** What the service sends. */
export type ServerFrame =
  | { readonly event: 'subscribed' | 'unsubscribed'; readonly topic: string }
  | { readonly event: 'task'; readonly topic: string; readonly position: string; readonly task: TaskRecord }
  | {
      readonly event: 'entry';
      readonly topic: string;
      readonly position: string;
      readonly entry: TranscriptEntry;
    }
  | { readonly event: 'delta'; readonly topic: string; readonly delta: TranscriptDelta }
  | {
      readonly event: 'log';
      readonly topic: string;
      readonly position: string;
      readonly lines: readonly string[];
    }
  | { readonly event: 'reset'; readonly topic: string; readonly position: string; readonly reason: string }
  | { readonly event: 'error'; readonly code: string; readonly message: string }
  /** Of a newer service: nothing that this version waits for. */
  | { readonly event: 'other' };

/** Reads a frame. Null for what makes no sense. */
export function parseFrame(text: unknown): ServerFrame | null {
  const frame = objectOf(text);
  const data = frame?.data as Record<string, unknown> | null | undefined;
  if (typeof frame?.event !== 'string' || typeof data !== 'object' || data === null) return null;
  const { topic, position, task, reason, code, message } = data;
  switch (frame.event) {
    case 'subscribed':
    case 'unsubscribed':
      return typeof topic === 'string' ? { event: frame.event, topic } : null;
    case 'task':
      if (typeof topic !== 'string' || !isPosition(position) || !isRecord(task)) return null;
      return { event: 'task', topic, position, task };
    case 'entry': {
      const { entry } = data;
      if (typeof topic !== 'string' || !isPosition(position) || !isEntry(entry)) return null;
      return { event: 'entry', topic, position, entry };
    }
    case 'delta': {
      const { entryId, text } = data;
      if (typeof topic !== 'string' || typeof entryId !== 'string' || typeof text !== 'string') return null;
      const kind = data.kind === 'thought' ? 'thought' : 'message';
      const offset = typeof data.offset === 'number' ? data.offset : undefined;
      return { event: 'delta', topic, delta: { entryId, kind, text, offset } };
    }
    case 'log': {
      const { lines } = data;
      if (typeof topic !== 'string' || !isPosition(position) || !Array.isArray(lines)) return null;
      return { event: 'log', topic, position, lines: lines.map(String) };
    }
    case 'reset':
      if (typeof topic !== 'string' || !isPosition(position)) return null;
      return { event: 'reset', topic, position, reason: String(reason ?? '') };
    case 'error':
      return { event: 'error', code: String(code), message: String(message) };
    default:
      return { event: 'other' };
  }
}

function objectOf(text: unknown): { event?: unknown; data?: unknown } | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is TaskRecord =>
  typeof (value as Partial<TaskRecord> | null | undefined)?.taskId === 'string';

const isEntry = (value: unknown): value is TranscriptEntry =>
  typeof (value as Partial<TranscriptEntry> | null | undefined)?.kind === 'string';
