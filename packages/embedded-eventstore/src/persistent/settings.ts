import { persistent } from '../grpc/messages.js';
import { GrpcError, Status } from '../grpc/status.js';
import type { FilterSettings } from '../streams/filter.js';

export const STRATEGIES = ['DispatchToSingle', 'RoundRobin', 'Pinned'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** How a group delivers, as stored. Times are in milliseconds; a message time-out of 0 is none. */
export interface GroupSettings {
  /** A revision or, for `$all`, a position; inclusive. */
  startFrom: number | 'start' | 'end';
  filter?: FilterSettings;
  resolveLinks: boolean;
  extraStatistics: boolean;
  messageTimeoutMs: number;
  /** Deliveries after the first, before an event is parked. */
  maxRetryCount: number;
  checkpointAfterMs: number;
  minCheckpointCount: number;
  /** Settled events after which the checkpoint is stored at once. */
  maxCheckpointCount: number;
  /** 0 for no limit. */
  maxSubscriberCount: number;
  liveBufferSize: number;
  readBatchSize: number;
  /** Events read ahead at most. */
  historyBufferSize: number;
  strategy: StrategyName;
}

type CreateSettings = InstanceType<typeof persistent.CreateReq.Settings>;
type UpdateSettings = InstanceType<typeof persistent.UpdateReq.Settings>;

const TICKS_PER_MS = 10_000;

/** Reads what both Create and Update send. */
export function readSettings(
  settings: CreateSettings | UpdateSettings,
  startFrom: GroupSettings['startFrom'],
  filter: FilterSettings | undefined,
): GroupSettings {
  return {
    startFrom,
    filter,
    resolveLinks: settings.getResolveLinks(),
    extraStatistics: settings.getExtraStatistics(),
    messageTimeoutMs: settings.hasMessageTimeoutTicks()
      ? Number(settings.getMessageTimeoutTicks()) / TICKS_PER_MS
      : settings.getMessageTimeoutMs(),
    maxRetryCount: settings.getMaxRetryCount(),
    checkpointAfterMs: settings.hasCheckpointAfterTicks()
      ? Number(settings.getCheckpointAfterTicks()) / TICKS_PER_MS
      : settings.getCheckpointAfterMs(),
    minCheckpointCount: settings.getMinCheckpointCount(),
    maxCheckpointCount: settings.getMaxCheckpointCount(),
    maxSubscriberCount: settings.getMaxSubscriberCount(),
    liveBufferSize: settings.getLiveBufferSize(),
    readBatchSize: settings.getReadBatchSize(),
    historyBufferSize: settings.getHistoryBufferSize(),
    strategy: readStrategy(settings),
  };
}

/** What is wrong with the sizes of a group's buffers. Times and counts below zero are taken: they mean none. */
export function bufferFault(settings: GroupSettings): string | undefined {
  const { liveBufferSize, readBatchSize, historyBufferSize } = settings;
  if (Math.min(liveBufferSize, readBatchSize, historyBufferSize) < 0)
    return 'The sizes of buffers may not be below zero.';
  return historyBufferSize <= readBatchSize
    ? `The history buffer (${historyBufferSize}) has to be larger than what is read at a time (${readBatchSize}).`
    : undefined;
}

function readStrategy(settings: CreateSettings | UpdateSettings): StrategyName {
  const named = 'getConsumerStrategy' in settings ? settings.getConsumerStrategy() : '';
  const strategy =
    named === '' ? STRATEGIES[settings.getNamedConsumerStrategy()] : STRATEGIES.find((s) => s === named);
  if (!strategy)
    throw new GrpcError(
      Status.INVALID_ARGUMENT,
      `The consumer strategy "${named}" is not known to the embedded node.`,
    );
  return strategy;
}
