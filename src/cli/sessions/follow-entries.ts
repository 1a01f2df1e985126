import { SlipwayError, type SlipwayClient, type TranscriptPage } from '@slipway/client';
import { pause } from '../../platform/clock.js';

const LOOK_AGAIN_MS = 300;
const TRY_AGAIN_MS = 1_000;
const PAGE = 200;

export interface FollowEntries {
  readonly taskId: string;
  readonly sessionId: string;
  /** Only what comes after this position. */
  readonly after?: string;
  readonly signal?: AbortSignal;
  /** Called with the reason when the service cannot be asked, and with null when it can again. */
  readonly onTrouble?: (reason: string | null) => void;
}

/**
 * What is said and done in a session, a page at a time, from the beginning or from `after` on: nothing is missed and
 * nothing comes twice, across restarts of the service as well. Pages without entries come too: they say what the session
 * is doing. Ends when the signal aborts; rejects with SlipwayError for what does not pass by itself.
 */
export async function* followEntries(
  client: SlipwayClient,
  { taskId, sessionId, after, signal, onTrouble }: FollowEntries,
): AsyncGenerator<TranscriptPage, void, void> {
  let isAway = false;
  while (!signal?.aborted) {
    let page: TranscriptPage;
    try {
      page = await client.listTranscript(taskId, sessionId, { after, limit: PAGE }, { signal });
    } catch (error) {
      if (signal?.aborted) return;
      if (!isPassing(error)) throw error;
      if (!isAway) onTrouble?.(error.detail);
      isAway = true;
      await pause(TRY_AGAIN_MS, signal);
      continue;
    }
    if (isAway) onTrouble?.(null);
    isAway = false;
    after = page.items.at(-1)?.position ?? after;
    yield page;
    if (page.next === null) await pause(LOOK_AGAIN_MS, signal);
  }
}

const isPassing = (error: unknown): error is SlipwayError =>
  error instanceof SlipwayError &&
  (error.code === 'unreachable' || error.code === 'no_answer' || error.status === 503);
