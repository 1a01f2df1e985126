import { type Channel, channel } from 'node:diagnostics_channel';

/** The places where something has just become durable or is about to: where a crash would be worst, and a trace tells most. */
export const TRACE_POINTS = [
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
