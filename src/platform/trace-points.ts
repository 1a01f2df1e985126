import { type Channel, channel } from 'node:diagnostics_channel';

/** Where a task's life becomes durable or is about to: where a crash would be worst, and a trace tells most. */
export const TASK_POINTS = [
  'create.before-append',
  'create.after-append',
  'intent.before-append',
  'intent.after-append',
  'effect.before',
  'effect.after',
  'outcome.before-append',
  'outcome.after-append',
  'branch.before-reserve',
  'branch.after-reserve',
  'message.before-handle',
  'message.before-ack',
  'message.after-ack',
  'projector.before-commit',
  'projector.after-commit',
] as const;
/** Likewise of whoever attends to a session: around what is stored of it, and around what its agent is told. */
export const SESSION_POINTS = [
  'attach.before-call',
  'attach.after-call',
  'attach.before-append',
  'attach.after-append',
  'prompt.before-append',
  'prompt.after-append',
  'prompt.before-call',
  'prompt.after-call',
  'confirm.before-append',
  'confirm.after-append',
  'record.before-append',
  'record.after-append',
  'answer.before-call',
  'answer.after-call',
  'cancel.before-call',
  'cancel.after-call',
  'lost.before-append',
  'lost.after-append',
] as const;
/** Those of what is done with a task's work. */
export const ACTION_POINTS = [
  'action.before-intent',
  'action.before-effect',
  'action.pushed',
  'action.push-stored',
  'action.opened',
] as const;

/** Between the steps of a container's start. */
export const CONTAINER_POINTS = ['container.made', 'container.started'] as const;

/** Between the two halves of an erasure. */
const ERASURE_POINTS = ['erase.before-key'] as const;

export const TRACE_POINTS = [
  ...[...TASK_POINTS, ...SESSION_POINTS, ...ACTION_POINTS],
  ...[...CONTAINER_POINTS, ...ERASURE_POINTS],
];
export type TracePoint = (typeof TRACE_POINTS)[number];

/** What a subscriber is told of a passage. */
export interface Passage {
  /** Whose passage it is; undefined for a batch, which concerns many. */
  readonly taskId?: string;
}

/** The channels of `node:diagnostics_channel` are the process's, so that whoever was loaded before us hears them too. */
export const channelName = (point: TracePoint): string => `slipway.${point}`;

const channels = Object.fromEntries(
  TRACE_POINTS.map((point) => [point, channel(channelName(point))]),
) as Readonly<Record<TracePoint, Channel>>;

/** Publishes a `Passage` on the point's channel; costs one look when nobody listens. A listener runs before it returns. */
export function tracePoint(point: TracePoint, taskId?: string): void {
  const listened = channels[point];
  if (listened.hasSubscribers) listened.publish({ taskId } satisfies Passage);
}
