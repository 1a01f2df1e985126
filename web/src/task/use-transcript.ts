import { useEffect, useState } from 'react';
import { onAbort } from '../../../src/platform/aborts.js';
import { api } from '../api/api.js';
import type { SessionRecord, Transcript } from '@slipway/client';
import { useTries } from '../ui/use-resource.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 20_000;

interface Reading {
  readonly transcript?: Transcript;
  readonly error?: unknown;
}

/**
 * What was said in a session. No event tells that an agent has answered, so while (and only while) the agent
 * is busy and the page is visible it is asked again, with growing pauses.
 */
export function useTranscript(session: SessionRecord, wanted: boolean): Reading {
  const { taskId, sessionId, state } = session;
  // An agent that has ended had said something before.
  const hasSpoken = state === 'ready' || (state === 'error' && session.agentSessionId !== null);
  const [known, setKnown] = useState<Reading>({});
  const tries = useTries(known.error !== undefined);
  useEffect(() => {
    if (!hasSpoken || !wanted) return;
    const abort = new AbortController();
    follow(taskId, sessionId, abort.signal, (transcript) => setKnown({ transcript })).catch(
      (error: unknown) => {
        if (!abort.signal.aborted) setKnown(({ transcript }) => ({ transcript, error }));
      },
    );
    return () => abort.abort();
  }, [taskId, sessionId, state, hasSpoken, wanted, tries]);
  return known;
}

async function follow(
  taskId: string,
  sessionId: string,
  signal: AbortSignal,
  show: (transcript: Transcript) => void,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const transcript = await api.getTranscript(taskId, sessionId, { signal });
    if (signal.aborted) return;
    show(transcript);
    if (transcript.state !== 'busy') return;
    await new Promise((resolve) => setTimeout(resolve, pause));
    await visible(signal);
    signal.throwIfAborted();
  }
}

function visible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) => {
    const check = () => document.visibilityState === 'visible' && resolve();
    document.addEventListener('visibilitychange', check, { signal });
    onAbort(signal, resolve);
  });
}
