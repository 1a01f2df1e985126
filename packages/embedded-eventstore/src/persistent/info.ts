import { performance } from 'node:perf_hooks';
import { persistent } from '../grpc/messages.js';
import type { Consumer } from './consumer.js';
import type { Group } from './group.js';

type Info = InstanceType<typeof persistent.SubscriptionInfo>;

/** Settings, connections and statistics of a group. Asking starts a new measurement. */
export function describe(group: Group): Info {
  const info = new persistent.SubscriptionInfo();
  describeSettings(info, group);
  describeProgress(info, group);
  info.setConnectionsList(group.consumers.map(describeConnection));
  return info;
}

function describeSettings(info: Info, { stream, name, settings, source }: Group): void {
  const start = settings.startFrom === 'start' ? 0 : settings.startFrom === 'end' ? -1 : settings.startFrom;
  info
    .setEventSource(stream)
    .setGroupName(name)
    .setStartFrom(source.text(start))
    .setResolveLinkTos(settings.resolveLinks)
    .setExtraStatistics(settings.extraStatistics)
    .setMessageTimeoutMilliseconds(settings.messageTimeoutMs)
    .setMaxRetryCount(settings.maxRetryCount)
    .setLiveBufferSize(settings.liveBufferSize)
    .setBufferSize(settings.historyBufferSize)
    .setReadBatchSize(settings.readBatchSize)
    .setCheckPointAfterMilliseconds(settings.checkpointAfterMs)
    .setMinCheckPointCount(settings.minCheckpointCount)
    .setMaxCheckPointCount(settings.maxCheckpointCount)
    .setMaxSubscriberCount(settings.maxSubscriberCount)
    .setNamedConsumerStrategy(settings.strategy);
}

function describeProgress(info: Info, group: Group): void {
  const { counts, source, measured } = group;
  const place = (value: number | undefined) => (value === undefined ? '' : source.text(value));
  const now = performance.now();
  const since = group.total - measured.total;
  info
    .setStatus(group.isLive ? 'Live' : 'Behind')
    .setTotalItems(String(group.total))
    .setCountSinceLastMeasurement(String(since))
    .setAveragePerSecond(perSecond(since, now - measured.at))
    .setLastCheckpointedEventPosition(place(group.checkpoint.last))
    .setLastKnownEventPosition(place(source.last()))
    .setReadBufferCount(counts.ready)
    .setLiveBufferCount('0')
    .setRetryBufferCount(counts.retry)
    .setTotalInFlightMessages(counts.inFlight)
    .setOutstandingMessagesCount(counts.outstanding)
    .setParkedMessageCount(String(group.parking.count));
  group.measured = { total: group.total, at: now };
}

function describeConnection(consumer: Consumer) {
  const connection = new persistent.SubscriptionInfo.ConnectionInfo();
  const since = consumer.total - consumer.measured;
  consumer.measured = consumer.total;
  connection
    .setFrom(consumer.call.peer)
    .setUsername('anonymous')
    .setConnectionName(consumer.call.connectionName)
    .setTotalItems(String(consumer.total))
    .setCountSinceLastMeasurement(String(since))
    .setAverageItemsPerSecond(perSecond(consumer.total, performance.now() - consumer.connectedAt))
    .setAvailableSlots(consumer.capacity - consumer.inFlight.size)
    .setInFlightMessages(consumer.inFlight.size);
  for (const [key, value] of consumer.latencies?.measurements() ?? [])
    connection.addObservedMeasurements(
      new persistent.SubscriptionInfo.Measurement().setKey(key).setValue(String(value)),
    );
  return connection;
}

const perSecond = (count: number, ms: number) => Math.round((count * 1000) / Math.max(1, ms));
