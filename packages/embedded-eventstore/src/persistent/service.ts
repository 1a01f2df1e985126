import { persistent, shared } from '../grpc/messages.js';
import { type Handler, unary } from '../grpc/server.js';
import { groupNotFound, invalidArgument } from '../grpc/status.js';
import { readUint64 } from '../grpc/wire.js';
import { readFilter } from '../streams/filter.js';
import { checkStreamName } from '../streams/proposed.js';
import { streamName } from '../streams/remove.js';
import { consumeCall } from './consume.js';
import type { Groups } from './groups.js';
import { describe } from './info.js';
import { type GroupSettings, readSettings } from './settings.js';
import { ALL } from './source.js';

const MAX_GROUP_NAME = 512;

/** The methods of PersistentSubscriptions, by their names. */
export function persistentSubscriptions(groups: Groups): Record<string, Handler> {
  return {
    Create: unary(persistent.CreateReq.deserializeBinary, async (request) => {
      const options = required(request.getOptions());
      const all = options.getAll();
      const filter = all?.hasFilter() ? readFilter(all.getFilter()!) : undefined;
      const settings = readSettings(required(options.getSettings()), startFrom(options), filter);
      await groups.create(target(options), groupName(options.getGroupName()), settings);
      return new persistent.CreateResp();
    }),
    Update: unary(persistent.UpdateReq.deserializeBinary, async (request) => {
      const options = required(request.getOptions());
      const settings = readSettings(required(options.getSettings()), startFrom(options), undefined);
      await groups.update(target(options), options.getGroupName(), settings);
      return new persistent.UpdateResp();
    }),
    Delete: unary(persistent.DeleteReq.deserializeBinary, async (request) => {
      const options = required(request.getOptions());
      await groups.delete(named(options), options.getGroupName());
      return new persistent.DeleteResp();
    }),
    GetInfo: unary(persistent.GetInfoReq.deserializeBinary, (request) => {
      const options = required(request.getOptions());
      const group = groups.get(named(options), options.getGroupName());
      return new persistent.GetInfoResp().setSubscriptionInfo(describe(group));
    }),
    List: unary(persistent.ListReq.deserializeBinary, (request) => {
      const options = required(request.getOptions());
      const only = options.getListForStream();
      const stream = only && (only.hasAll() ? ALL : streamName(only.getStream()));
      const found = groups.list(stream);
      if (stream !== undefined && found.length === 0) throw groupNotFound(stream, '');
      return new persistent.ListResp().setSubscriptionsList(found.map(describe));
    }),
    ReplayParked: unary(persistent.ReplayParkedReq.deserializeBinary, (request) => {
      const options = required(request.getOptions());
      const limit = options.hasStopAt() ? readUint64(options.getStopAt()) : Infinity;
      groups.get(named(options), options.getGroupName()).replayParked(limit);
      return new persistent.ReplayParkedResp();
    }),
    RestartSubsystem: unary(shared.Empty.deserializeBinary, async () => {
      await groups.restart();
      return new shared.Empty();
    }),
    Read: consumeCall(groups),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw invalidArgument('The request says no options.');
  return value;
}

function groupName(name: string): string {
  if (name === '') throw invalidArgument('The group name is empty.');
  if (Buffer.byteLength(name) > MAX_GROUP_NAME)
    throw invalidArgument(`The group name is longer than ${MAX_GROUP_NAME} bytes.`);
  return name;
}

type Identifier = InstanceType<typeof shared.StreamIdentifier>;

/** What a group that exists is named by. */
const named = (options: { hasAll(): boolean; getStreamIdentifier(): Identifier | undefined }): string =>
  options.hasAll() ? ALL : checkStreamName(streamName(options.getStreamIdentifier()));

type CreateOptions = InstanceType<typeof persistent.CreateReq.Options>;
type UpdateOptions = InstanceType<typeof persistent.UpdateReq.Options>;

/** What Create and Update name; older clients put the stream beside its options. */
const target = (options: CreateOptions | UpdateOptions): string =>
  options.hasAll()
    ? ALL
    : checkStreamName(
        streamName(options.getStream()?.getStreamIdentifier() ?? options.getStreamIdentifier()),
      );

/** The older form of a start, which this client uses for streams: a revision among the settings. */
const LEGACY_END = String(2n ** 64n - 1n);

function startFrom(options: CreateOptions | UpdateOptions): GroupSettings['startFrom'] {
  const all = options.getAll();
  if (all)
    return all.hasPosition()
      ? readUint64(all.getPosition()!.getCommitPosition())
      : all.hasEnd()
        ? 'end'
        : 'start';
  const stream = options.getStream();
  if (stream)
    return stream.hasRevision() ? readUint64(stream.getRevision()) : stream.hasEnd() ? 'end' : 'start';
  const revision = required(options.getSettings()).getRevision();
  return revision === LEGACY_END ? 'end' : readUint64(revision) || 'start';
}
