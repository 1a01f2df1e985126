import { useEffect, useState } from 'react';
import type { TranscriptQuery } from '@slipway/client';
import { onAbort } from '../../../src/platform/aborts.js';
import { api } from '../api/api.js';
import { connection } from '../live/live.js';
import { useTries } from '../ui/use-resource.js';
import { NOTHING, withDelta, withEntries, type Transcript, type Writing } from './transcript.js';

export interface Reading {
  readonly transcript: Transcript;
  /** Whether all has been read that there was when it began. */
  readonly isWhole: boolean;
  readonly error: unknown;
}

const PAGE = 200;
/** Pieces that come in so short a time, in milliseconds, are shown together. */
const FRAME_MS = 32;
const MOST_KEPT = 10;
/** Transcripts of sessions that were shown lately: who comes back sees them at once. */
const kept = new Map<string, Transcript>();

/** What was said in a session: read once, and followed from there while the component is shown. */
export function useTranscript(taskId: string, sessionId: string): Reading {
  const [reading, setReading] = useState<Reading>(() => ({
    transcript: kept.get(sessionId) ?? NOTHING,
    isWhole: kept.has(sessionId),
    error: undefined,
  }));
  const tries = useTries(reading.error !== undefined);
  useEffect(() => {
    const abort = new AbortController();
    const show = (transcript: Transcript, isWhole = true) => {
      if (abort.signal.aborted) return;
      if (isWhole) keep(sessionId, transcript);
      setReading({ transcript, isWhole, error: undefined });
    };
    const fail = (error: unknown) => {
      if (!abort.signal.aborted) setReading((before) => ({ ...before, error }));
    };
    readAndFollow(taskId, sessionId, abort.signal, show, fail).catch(fail);
    return () => abort.abort();
  }, [taskId, sessionId, tries]);
  return reading;
}

function keep(sessionId: string, { entries }: Transcript): void {
  kept.delete(sessionId);
  kept.set(sessionId, { entries, writing: [] });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
}

async function readAndFollow(
  taskId: string,
  sessionId: string,
  signal: AbortSignal,
  show: (transcript: Transcript, isWhole?: boolean) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  let transcript = kept.get(sessionId) ?? NOTHING;
  const last = () => transcript.entries.at(-1)?.position;
  const read = (query: TranscriptQuery) =>
    api.listTranscript(taskId, sessionId, { ...query, limit: PAGE }, { signal });
  if (last() === undefined) {
    // The end is what is wanted first; what was before it comes behind.
    let { items, previous } = await read({ before: 'end' });
    transcript = withEntries(NOTHING, items);
    show(transcript, !previous);
    const pages = [items];
    while (previous) {
      ({ items, previous } = await read({ before: previous }));
      pages.unshift(items);
    }
    transcript = withEntries(NOTHING, pages.flat());
    show(transcript);
  }
  for (let more = last() !== undefined; more;) {
    const { items, next } = await read({ after: last() });
    transcript = withEntries(transcript, items);
    more = next !== null && items.length > 0;
    show(transcript, !more);
  }
  if (signal.aborted) return;

  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = (next: Transcript) => {
    transcript = next;
    timer ??= setTimeout(() => {
      timer = undefined;
      show(transcript);
    }, FRAME_MS);
  };
  const following = connection.followSession(
    sessionId,
    {
      entry: (entry) => change(withEntries(transcript, [entry])),
      delta: (delta: Writing) => change(withDelta(transcript, delta)),
      // Another log: all of it comes anew.
      reset: () => change(NOTHING),
      refused: fail,
    },
    { after: last() },
  );
  // What was being written when the connection was lost is told anew, or is stored by now.
  let { epoch } = connection.getStatus();
  const forget = connection.onStatus(() => {
    const { epoch: now } = connection.getStatus();
    if (now === epoch) return;
    epoch = now;
    change({ ...transcript, writing: [] });
  });
  onAbort(signal, () => {
    clearTimeout(timer);
    forget();
    following.stop();
  });
}
