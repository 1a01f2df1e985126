import type { TimelineEntry } from './stage-timeline.js';
import { describeChange, diffRecords } from './record-diff.js';
import type { Step } from './task-recording.js';

/** A step for people: the event, then what it changed, a line each. */
export function stepLines(step: Step): string[] {
  const { stored, at, problem, before, after } = step;
  const changes = diffRecords(before, after).map((change) => `    ${describeChange(change)}`);
  return [
    `${stored.revision}  ${at}  position ${stored.position}  ${stored.type}`,
    ...(problem === undefined ? [] : [`    ! ${problem}`]),
    ...(changes.length > 0 ? changes : ['    (changes nothing that is shown)']),
  ];
}

/** A step for programs. */
export const stepForPrograms = ({ stored, at, problem, before, after }: Step) => ({
  revision: stored.revision.toString(),
  position: stored.position.toString(),
  type: stored.type,
  at,
  ...(problem === undefined ? {} : { problem }),
  changes: diffRecords(before, after),
});

/** The headings of the timeline's table and its rows. */
export const TIMELINE_COLUMNS = ['STAGE', 'ATTEMPT', 'STARTED', 'TOOK', 'OUTCOME'];
export const timelineRow = (entry: TimelineEntry): string[] => [
  entry.sessionId === undefined ? entry.what : `session ${entry.sessionId}`,
  String(entry.attempt),
  entry.startedAt,
  entry.durationMs === null ? '' : duration(entry.durationMs),
  entry.reason === undefined ? entry.outcome : `${entry.outcome}: ${entry.reason}`,
];

const duration = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
};
