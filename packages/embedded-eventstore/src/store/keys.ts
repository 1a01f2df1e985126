/** Keys of the LMDB tables: big-endian, so that their byte order is their order. */

/** Key of an event in the log. */
export function positionKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(position / 0x1_0000_0000), 0);
  key.writeUInt32BE(position >>> 0, 4);
  return key;
}

export const readPositionKey = (key: Buffer): number =>
  key.readUInt32BE(0) * 0x1_0000_0000 + key.readUInt32BE(4);

const REVISION = 0;
const EVENT_ID = 1;

/** Index key of (stream, revision); its value is the event's position. */
export function revisionKey(streamId: number, revision: number): Buffer {
  const key = Buffer.allocUnsafe(15);
  key.writeUIntBE(streamId, 0, 6);
  key[6] = REVISION;
  key.writeUInt32BE(Math.floor(revision / 0x1_0000_0000), 7);
  key.writeUInt32BE(revision >>> 0, 11);
  return key;
}

/** Index key of (stream, event id); its value is the event's revision. Beside the revisions on purpose: a short
 * stream's entries then lie on one page. */
export function eventIdKey(streamId: number, id: string): Buffer {
  const key = Buffer.allocUnsafe(23);
  key.writeUIntBE(streamId, 0, 6);
  key[6] = EVENT_ID;
  key.write(id.replaceAll('-', ''), 7, 16, 'hex');
  return key;
}
