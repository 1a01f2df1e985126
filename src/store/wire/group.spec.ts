import { describe, expect, it } from '@jest/globals';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { convertPersistentSubscriptionGrpcEvent } from '@eventstore/db-client/dist/utils/convertGrpcEvent.js';
import type { JSONRecordedEvent } from '@eventstore/db-client';
import fc from 'fast-check';
import { toStored } from '../client-words.js';
import { acknowledgement, decodeGroupResponse, refusal } from './group.js';

const { ReadEvent, SubscriptionConfirmation } = persistent.ReadResp;

const number64 = fc.bigInt(0n, 2n ** 63n - 1n);
const recorded = fc.record({
  id: fc.uuid(),
  stream: fc.string({ unit: 'grapheme' }),
  type: fc.string({ unit: 'grapheme' }),
  revision: number64,
  position: number64,
  created: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  data: fc.oneof(fc.jsonValue(), fc.uint8Array()),
  metadata: fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })),
});
const delivery = fc.record({
  event: fc.option(recorded),
  link: fc.option(recorded),
  retryCount: fc.option(fc.nat()),
});
type Recorded = typeof recorded extends fc.Arbitrary<infer T> ? T : never;

const bytesOf = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
const textBytes = (text: string) => new Uint8Array(Buffer.from(text));

/** The event as a server writes it. */
function written(of: Recorded) {
  const isJson = !(of.data instanceof Uint8Array);
  const message = new ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(of.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(textBytes(of.stream)))
    .setStreamRevision(String(of.revision))
    .setPreparePosition(String(of.position))
    .setCommitPosition(String(of.position))
    .setCustomMetadata(of.metadata === null ? new Uint8Array() : bytesOf(of.metadata))
    .setData(isJson ? bytesOf(of.data) : (of.data as Uint8Array));
  message
    .getMetadataMap()
    .set('type', of.type)
    .set('content-type', isJson ? 'application/json' : 'application/octet-stream')
    .set('created', String(BigInt(of.created.getTime()) * 10_000n));
  return message;
}

describe('what a persistent subscription delivers', () => {
  it('is decoded as the official client decodes it', () =>
    fc.assert(
      fc.property(delivery, ({ event, link, retryCount }) => {
        const message = new ReadEvent();
        if (event !== null) message.setEvent(written(event));
        if (link !== null) message.setLink(written(link));
        if (retryCount === null) message.setNoRetryCount(new shared.Empty());
        else message.setRetryCount(retryCount);
        const official = convertPersistentSubscriptionGrpcEvent(message);
        const bytes = Buffer.from(new persistent.ReadResp().setEvent(message).serializeBinary());
        const id = (official.link ?? official.event)?.id;
        expect(decodeGroupResponse(bytes)).toEqual(
          id === undefined
            ? { kind: 'other' }
            : {
                kind: 'delivery',
                event: official.event ? toStored(official.event as JSONRecordedEvent) : null,
                id,
                retryCount: official.retryCount,
              },
        );
      }),
    ));

  it('is refused when it is not all there', () =>
    fc.assert(
      fc.property(recorded, fc.nat(), (event, cut) => {
        const message = new ReadEvent().setEvent(written(event));
        const bytes = Buffer.from(new persistent.ReadResp().setEvent(message).serializeBinary());
        const part = bytes.subarray(0, 1 + (cut % (bytes.length - 1)));
        expect(() => decodeGroupResponse(part)).toThrow(RangeError);
      }),
    ));

  it('begins with the confirmation', () => {
    const confirmation = new SubscriptionConfirmation().setSubscriptionId('group');
    const bytes = new persistent.ReadResp().setSubscriptionConfirmation(confirmation).serializeBinary();
    expect(decodeGroupResponse(Buffer.from(bytes))).toEqual({ kind: 'confirmation' });
  });

  it('is settled by the ids that it came by', () => {
    const ids = (list: readonly shared.UUID[]) => list.map((uuid) => uuid.getString());
    const ack = acknowledgement(['a', 'b']).getAck()!;
    expect(ids(ack.getIdsList())).toEqual(['a', 'b']);
    const nack = refusal('park', 'broken', 'c').getNack()!;
    expect(ids(nack.getIdsList())).toEqual(['c']);
    expect([nack.getAction(), nack.getReason()]).toEqual([persistent.ReadReq.Nack.Action.PARK, 'broken']);
    expect(refusal('retry', '', 'd').getNack()!.getAction()).toBe(persistent.ReadReq.Nack.Action.RETRY);
  });
});
