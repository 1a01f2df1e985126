import { shared, streams } from '../grpc/messages.js';
import { type Handler, unary } from '../grpc/server.js';
import { streamDeleted, wrongExpectedVersion } from '../grpc/status.js';
import { type Expected, expectedNumber } from '../store/append.js';
import type { Journal } from '../store/journal.js';
import { remove } from '../store/remove.js';
import { checkWritable } from './proposed.js';

/** Delete: hides the stream's events; writing to it again brings it back. */
export const deleteCall = (journal: Journal): Handler =>
  unary(
    (bytes) => streams.DeleteReq.deserializeBinary(bytes),
    async (request) => {
      const position = await removed(journal, 'delete', request.getOptions());
      const response = new streams.DeleteResp.Position();
      response.setCommitPosition(position).setPreparePosition(position);
      return new streams.DeleteResp().setPosition(response);
    },
  );

/** Tombstone: ends the stream for ever. */
export const tombstoneCall = (journal: Journal): Handler =>
  unary(
    (bytes) => streams.TombstoneReq.deserializeBinary(bytes),
    async (request) => {
      const position = await removed(journal, 'tombstone', request.getOptions());
      const response = new streams.TombstoneResp.Position();
      response.setCommitPosition(position).setPreparePosition(position);
      return new streams.TombstoneResp().setPosition(response);
    },
  );

/** The options of both requests; their generated classes have no base in common. */
interface Options {
  getStreamIdentifier(): InstanceType<typeof shared.StreamIdentifier> | undefined;
  hasRevision(): boolean;
  getRevision(): string;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

async function removed(
  journal: Journal,
  kind: 'delete' | 'tombstone',
  options: Options | undefined,
): Promise<string> {
  const stream = checkWritable(streamName(options?.getStreamIdentifier()));
  const expected: Expected = options?.hasRevision()
    ? Number(options.getRevision())
    : options?.hasNoStream()
      ? 'no_stream'
      : options?.hasStreamExists()
        ? 'stream_exists'
        : 'any';
  const outcome = await journal.write((transaction) => remove(transaction, stream, expected, kind));
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  if (outcome.kind === 'wrong-version')
    throw wrongExpectedVersion(stream, expectedNumber(expected), outcome.current ?? -1);
  return String(outcome.position);
}

/** The name in a StreamIdentifier. */
export const streamName = (identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
