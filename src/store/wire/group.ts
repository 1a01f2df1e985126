import type { EventStoreDBClient } from '@eventstore/db-client';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { type ClientDuplexStream, makeGenericClientConstructor } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { enter, readRecordedEvent } from './recorded-event.js';

const { ReadReq } = persistent;

/** What a persistent subscription tells. */
export type GroupResponse =
  | { readonly kind: 'confirmation' | 'other' }
  | {
      readonly kind: 'delivery';
      /** Null when what a link points to is not there any more. */
      readonly event: StoredEvent | null;
      /** What a settlement names: the link's id where the event came by one, as replayed ones do. */
      readonly id: string;
      /** How often it was delivered before. */
      readonly retryCount: number;
    };

export type GroupCall = ClientDuplexStream<persistent.ReadReq, GroupResponse>;

const { path } = PersistentSubscriptionsService.read;
const GroupClient = makeGenericClientConstructor({}, 'PersistentSubscriptions');
type GrpcClient = InstanceType<typeof GroupClient>;

const encode = (request: persistent.ReadReq): Buffer => Buffer.from(request.serializeBinary());

/**
 * Joins a persistent subscription to `$all` over the official client's connection, with its requests, but with deliveries
 * decoded straight into our events. The call ends with grpc's errors.
 * @param bufferSize how many deliveries may be unsettled at a time
 */
export async function join(
  client: EventStoreDBClient,
  group: string,
  bufferSize: number,
): Promise<GroupCall> {
  const options = new ReadReq.Options()
    .setAll(new shared.Empty())
    .setGroupName(group)
    .setBufferSize(bufferSize)
    .setUuidOption(new ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  return client['GRPCStreamCreator'](GroupClient, 'join', (grpc: GrpcClient) => {
    const [metadata, callOptions] = client['callArguments']({}, { deadline: Infinity });
    const call = grpc.makeBidiStreamRequest(path, encode, decodeGroupResponse, metadata, callOptions);
    call.write(new ReadReq().setOptions(options));
    return call as GroupCall;
  })();
}

/** These deliveries are done with. */
export const acknowledgement = (ids: readonly string[]): persistent.ReadReq =>
  new ReadReq().setAck(new ReadReq.Ack().setIdsList(ids.map(toUuid)));

/** The delivery is to be parked, or to come again. */
export function refusal(action: 'park' | 'retry', reason: string, id: string): persistent.ReadReq {
  const { PARK, RETRY } = ReadReq.Nack.Action;
  const nack = new ReadReq.Nack().setIdsList([toUuid(id)]).setReason(reason);
  return new ReadReq().setNack(nack.setAction(action === 'park' ? PARK : RETRY));
}

const toUuid = (id: string) => new shared.UUID().setString(id);

/** ReadResp: a delivery (1), or that the subscription is confirmed (2). */
export function decodeGroupResponse(bytes: Buffer): GroupResponse {
  const reader = protobuf.Reader.create(bytes);
  let response: GroupResponse = { kind: 'other' };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) response = readDelivery(reader, bytes);
    else {
      reader.skipType(tag & 7);
      if (tag === 18) response = { kind: 'confirmation' };
    }
  }
  return response;
}

/** ReadEvent: the event (1), the link by which it came (2), and how often it was delivered before (5). */
function readDelivery(reader: protobuf.Reader, bytes: Buffer): GroupResponse {
  let event: StoredEvent | null = null;
  let link: StoredEvent | null = null;
  let retryCount = 0;
  for (const end = enter(reader); reader.pos < end;) {
    const tag = reader.uint32();
    if (tag === 10) event = readRecordedEvent(reader, bytes);
    else if (tag === 18) link = readRecordedEvent(reader, bytes);
    else if (tag === 40) retryCount = reader.int32();
    else reader.skipType(tag & 7);
  }
  const id = (link ?? event)?.id;
  return id === undefined ? { kind: 'other' } : { kind: 'delivery', event, id, retryCount };
}
