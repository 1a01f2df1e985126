import { frame } from '../grpc/frames.js';
import { persistent } from '../grpc/messages.js';
import type { Handler } from '../grpc/server.js';
import { groupFull, invalidArgument } from '../grpc/status.js';
import { FieldReader } from '../grpc/wire.js';
import { readUuid } from '../streams/proposed.js';
import { streamName } from '../streams/remove.js';
import { Consumer } from './consumer.js';
import type { Group, NackAction } from './group.js';
import type { Groups } from './groups.js';
import { ALL } from './source.js';

/** Messages to a consumer that are not acknowledged, at most, whatever it asks for. */
const MAX_CAPACITY = 10_000;
/** By the number that the protocol gives them; unknown (0) is a retry. */
const ACTIONS: readonly NackAction[] = ['retry', 'park', 'retry', 'skip', 'stop'];

let consumers = 0;

/** Read: options first, then acknowledgements one way and events the other. */
export const consumeCall =
  (groups: Groups): Handler =>
  (call) => {
    let group: Group | undefined;
    let consumer: Consumer | undefined;
    call.onMessage = (message) => {
      const request = new FieldReader(message);
      while (request.next()) {
        if (request.field === 1) {
          if (consumer) throw invalidArgument('The options were sent before.');
          const options = persistent.ReadReq.Options.deserializeBinary(request.bytes());
          const joined = groups.get(
            options.hasAll() ? ALL : streamName(options.getStreamIdentifier()),
            options.getGroupName(),
          );
          group = joined;
          const { settings, stream, name } = joined;
          if (options.getBufferSize() < 0) throw invalidArgument('The buffer size is below zero.');
          if (settings.maxSubscriberCount > 0 && joined.consumers.length >= settings.maxSubscriberCount)
            throw groupFull(stream, name);
          const me = (consumer = new Consumer(
            ++consumers,
            call,
            Math.min(Math.max(1, options.getBufferSize()), MAX_CAPACITY),
            options.getUuidOption()?.hasStructured() ?? false,
            settings.extraStatistics,
            joined.wake,
          ));
          call.send(confirmation(joined.key));
          joined.join(me);
          call.onClose(() => joined.leave(me));
        } else if (!group || !consumer) throw invalidArgument('The options come first.');
        else if (request.field === 2) group.ack(consumer, readSettled(request.message()).ids);
        else if (request.field === 3) {
          const { ids, action, reason } = readSettled(request.message());
          group.nack(consumer, ids, ACTIONS[action] ?? 'retry', reason);
        } else request.skip();
      }
    };
    call.onEnd = () => {
      if (group && consumer) group.leave(consumer);
      call.end();
    };
  };

/** Reads an Ack or a Nack; their first fields are the same. */
function readSettled(reader: FieldReader): { ids: string[]; action: number; reason: string } {
  const settled = { ids: [] as string[], action: 0, reason: '' };
  while (reader.next()) {
    if (reader.field === 2) settled.ids.push(readUuid(reader.message()));
    else if (reader.field === 3) settled.action = reader.varint();
    else if (reader.field === 4) settled.reason = reader.string();
    else reader.skip();
  }
  return settled;
}

function confirmation(id: string): Buffer {
  const confirmed = new persistent.ReadResp.SubscriptionConfirmation().setSubscriptionId(id);
  return frame(new persistent.ReadResp().setSubscriptionConfirmation(confirmed).serializeBinary());
}
