import { stageEndedBy, type TaskEvent } from '../../events/task/task-events.js';
import type { Stage } from '../../events/task/vocabulary.js';

/** One attempt of one stage, or one further session, from its start to its outcome. */
export interface TimelineEntry {
  readonly what: Stage | 'session';
  readonly sessionId?: string;
  readonly attempt: number;
  readonly startedAt: string;
  /** Null while it is under way. */
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  /** `overtaken`: an archive or a kill came in between. */
  readonly outcome: 'done' | 'failed' | 'overtaken' | 'under way';
  /** Why it failed. */
  readonly reason?: string;
}

type Open = { -readonly [K in keyof TimelineEntry]: TimelineEntry[K] };

/** The stages of a task with how long each took, in the order of their starts. */
export function timelineOf(events: readonly TaskEvent[]): TimelineEntry[] {
  const entries: Open[] = [];
  let firstSession: string | undefined;
  const end = (entry: Open | undefined, at: string, outcome: TimelineEntry['outcome'], reason?: string) => {
    if (entry === undefined) return;
    entry.endedAt = at;
    entry.durationMs = Date.parse(at) - Date.parse(entry.startedAt);
    entry.outcome = outcome;
    if (reason !== undefined) entry.reason = reason;
  };
  const begin = (entry: Pick<Open, 'what' | 'sessionId' | 'attempt' | 'startedAt'>) =>
    entries.push({ ...entry, endedAt: null, durationMs: null, outcome: 'under way' });
  const openStage = () => entries.findLast((e) => e.what !== 'session' && e.endedAt === null);
  const openSession = (id: string) => entries.findLast((e) => e.sessionId === id && e.endedAt === null);

  for (const event of events) {
    const { type, data } = event;
    if (stageEndedBy(event, firstSession) !== null) end(openStage(), data.at, 'done');
    switch (type) {
      case 'TaskCreated':
        firstSession = data.sessionId;
        break;
      case 'StageStarted':
        begin({ what: data.stage, attempt: data.attempt, startedAt: data.at });
        break;
      case 'StageFailed':
        end(openStage(), data.at, 'failed', data.reason);
        break;
      case 'ArchiveRequested':
      case 'KillRequested':
        for (const entry of entries) if (entry.endedAt === null) end(entry, data.at, 'overtaken');
        break;
      case 'SessionRequested':
        begin({ what: 'session', sessionId: data.sessionId, attempt: 1, startedAt: data.at });
        break;
      case 'SessionCreated':
        if (data.sessionId !== firstSession) end(openSession(data.sessionId), data.at, 'done');
        break;
      case 'SessionFailed':
        end(openSession(data.sessionId), data.at, 'failed', data.reason);
        if (data.nextAttemptAt !== undefined)
          begin({
            what: 'session',
            sessionId: data.sessionId,
            attempt: data.attempt + 1,
            startedAt: data.nextAttemptAt,
          });
        break;
    }
  }
  return entries;
}
