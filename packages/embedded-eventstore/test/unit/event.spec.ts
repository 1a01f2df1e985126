import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { streams } from '../../src/grpc/messages.js';
import { encodeEvent, LINK_TYPE, TOMBSTONE_REVISION } from '../../src/store/event.js';

const proposed = fc.record({
  id: fc.uuid(),
  type: fc.string({ minLength: 1, maxLength: 40 }),
  contentType: fc.constantFrom('application/json', 'application/octet-stream'),
  metadata: fc.uint8Array({ maxLength: 300 }),
  data: fc.uint8Array({ maxLength: 300 }),
});

test('what is stored is the message that the client reads, and tells of itself', () => {
  fc.assert(
    fc.property(
      proposed,
      fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
      fc.maxSafeNat(),
      fc.maxSafeNat(),
      (event, stream, revision, position) => {
        fc.pre(revision < TOMBSTONE_REVISION);
        const created = 1_700_000_000_123;
        const stored = encodeEvent(event, stream, revision, position, created);
        const name = Buffer.from(stream).toString();
        const type = Buffer.from(event.type).toString();
        const message = streams.ReadResp.ReadEvent.RecordedEvent.deserializeBinary(stored.recorded);
        expect(message.getId()!.getString()).toBe(event.id);
        expect(Buffer.from(message.getStreamIdentifier()!.getStreamName_asU8()).toString()).toBe(name);
        expect(message.getStreamRevision()).toBe(String(revision));
        expect(message.getCommitPosition()).toBe(String(position));
        expect(message.getPreparePosition()).toBe(String(position));
        expect(message.getMetadataMap().get('type')).toBe(type);
        expect(message.getMetadataMap().get('content-type')).toBe(event.contentType);
        expect(message.getMetadataMap().get('created')).toBe('17000000001230000');
        expect([...message.getCustomMetadata_asU8()]).toEqual([...event.metadata]);
        expect([...message.getData_asU8()]).toEqual([...event.data]);
        expect(stored).toMatchObject({ id: event.id, stream: name, type, revision, position, created });
        expect([...stored.data]).toEqual([...event.data]);
      },
    ),
  );
});

test('a tombstone has the highest revision of the protocol', () => {
  const event = {
    id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
    type: 't',
    contentType: '',
    metadata: Buffer.alloc(0),
    data: Buffer.alloc(0),
  };
  const stored = encodeEvent(event, 's', TOMBSTONE_REVISION, 1, 0);
  const message = streams.ReadResp.ReadEvent.RecordedEvent.deserializeBinary(stored.recorded);
  expect(message.getStreamRevision()).toBe('9223372036854775807');
});

test.each([
  ['3@stream', { revision: 3, stream: 'stream' }],
  ['12@a@b', { revision: 12, stream: 'a@b' }],
  ['stream', undefined],
  ['-1@stream', undefined],
  ['3@', undefined],
])('a link to %s points to %j', (text, target) => {
  const event = {
    id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
    type: LINK_TYPE,
    contentType: '',
    metadata: Buffer.alloc(0),
    data: Buffer.from(text),
  };
  const stored = encodeEvent(event, 's', 0, 1, 0);
  expect(stored.isLink).toBe(text.includes('@'));
  expect(stored.linkTarget).toEqual(target);
});
