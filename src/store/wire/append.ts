import { type EventStoreDBClient, NO_STREAM, jsonEvent } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import generated from '@eventstore/db-client/generated/streams_pb.js';
import { type ClientDuplexStream, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import type { NewEvent } from '../../events/stored-event.js';
import type { AppendResult, ExpectedRevision } from '../event-store.js';
import { enter, oneField, readPosition, readUint64 } from './recorded-event.js';

const { Reader, Writer } = protobuf;

/** The same call as the client's, with messages that are bytes on both sides. */
const { path } = StreamsService.batchAppend;
const asIs = (bytes: Buffer) => bytes;
const BatchAppendClient = makeGenericClientConstructor({}, 'Streams');
type Call = ClientDuplexStream<Buffer, Buffer>;
type GrpcClient = InstanceType<typeof BatchAppendClient>;

interface Pending {
  readonly stream: string;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Appends as the official client does, over its connection and with its errors, but with the messages written and read
 * directly: building them in the client, each serialised twice, takes a third of the service's processor time.
 */
export class DirectAppends {
  private readonly calls = new WeakMap<GrpcClient, Call | Promise<Call>>();
  /** What waits for its answer on a call, by correlation number. */
  private readonly pending = new WeakMap<Call, Map<number, Pending>>();
  private lastCorrelation = 0;

  readonly append: Append = async (client, stream, events, expected, deadlineMs) => {
    if (!(await client['supports'](StreamsService.batchAppend)))
      return clientAppend(client, stream, events, expected, deadlineMs);
    const correlation = ++this.lastCorrelation;
    const request = encodeRequest(correlation, stream, events, expected, Date.now() + deadlineMs);
    const call = await this.call(client);
    return new Promise((resolve, reject) => {
      this.pending.get(call)!.set(correlation, { stream, resolve, reject });
      // Who appends waits for the answer: what queues here is bounded by who may wait.
      call.write(request);
    });
  };

  /** The one call of the client's present connection; the client makes a new connection when one breaks. */
  private call(client: EventStoreDBClient): Promise<Call> {
    return client['GRPCStreamCreator'](
      BatchAppendClient,
      'append',
      (grpc: GrpcClient) => this.open(client, grpc),
      this.calls,
    )();
  }

  private open(client: EventStoreDBClient, grpc: GrpcClient): Call {
    const [metadata, options] = client['callArguments']({}, { deadline: Infinity });
    const call = grpc.makeBidiStreamRequest(path, asIs, asIs, metadata, options) as Call;
    const pending = new Map<number, Pending>();
    this.pending.set(call, pending);
    const fail = (cause: Error) => {
      const error = convertToCommandError(cause) as Error;
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    };
    call.on('data', (bytes: Buffer) => settle(pending, bytes));
    call.on('error', fail);
    call.on('end', () => {
      fail(new Error('the event store ended the call'));
      // A call that was ended in good order is kept by the client, and whatever is written to it is lost.
      call.destroy();
    });
    return call;
  }
}

function settle(pending: Map<number, Pending>, bytes: Buffer): void {
  const { correlation, result } = decodeResponse(bytes);
  const waiting = pending.get(correlation);
  if (waiting === undefined) return;
  pending.delete(correlation);
  if (result !== undefined) return waiting.resolve(result);
  waiting.reject(errorOf(generated.BatchAppendResp.deserializeBinary(bytes).getError(), waiting.stream));
}

type AppendStatus = ReturnType<InstanceType<typeof generated.BatchAppendResp>['getError']>;

/** The client knows no code that says that there is no room; it is kept as grpc has it. */
function errorOf(answer: AppendStatus, stream: string): Error {
  if (answer === undefined) return new Error('the answer has no result');
  const code: number = answer.getCode();
  if (code !== status.RESOURCE_EXHAUSTED) return unpackToCommandError(answer, stream);
  return Object.assign(new Error(answer.getMessage()), { code, details: answer.getMessage() });
}

/** BatchAppendReq, as https://github.com/EventStore/EventStore/blob/release/oss-v23.10/src/Protos/Grpc/streams.proto has it. */
function encodeRequest(
  correlation: number,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
  deadline: number,
): Buffer {
  const writer = Writer.create();
  // 1: the correlation id
  writer.uint32(10).fork().uint32(18).string(correlationUuid(correlation)).ldelim();
  // 2: options, with the stream's name (1), the expected revision (2) or none (3), and the deadline (6)
  writer.uint32(18).fork();
  writer.uint32(10).fork().uint32(26).string(stream).ldelim();
  if (expected === 'no_stream') writer.uint32(26).fork().ldelim();
  else writer.uint32(16).uint64(Number(expected));
  writer
    .uint32(50)
    .fork()
    .uint32(8)
    .int64(Math.floor(deadline / 1_000))
    .uint32(16)
    .int32((deadline % 1_000) * 1_000_000)
    .ldelim();
  writer.ldelim();
  for (const event of events) {
    // 3: an event, with its id (1), what it is (2), its metadata (3) and its data (4)
    writer.uint32(26).fork();
    writer.uint32(10).fork().uint32(18).string(event.id).ldelim();
    writer.uint32(18).fork().uint32(10).string('type').uint32(18).string(event.type).ldelim();
    writer.uint32(18).fork().uint32(10).string('content-type').uint32(18).string('application/json').ldelim();
    writer.uint32(26).string(JSON.stringify(event.metadata));
    writer.uint32(34).string(JSON.stringify(event.data));
    writer.ldelim();
  }
  // 4: it is complete
  writer.uint32(32).bool(true);
  return Buffer.from(writer.finish());
}

/** A correlation id is a UUID; ours counts in its last part. */
const correlationUuid = (correlation: number): string =>
  `00000000-0000-4000-8000-${correlation.toString(16).padStart(12, '0')}`;

/** Of BatchAppendResp what a success says; an error is left to the client's own code. */
function decodeResponse(bytes: Buffer): { correlation: number; result?: AppendResult } {
  const reader = Reader.create(bytes);
  let correlation = NaN;
  let result: AppendResult | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) correlation = decodeCorrelation(reader);
    else if (tag === 26) result = decodeSuccess(reader);
    else reader.skipType(tag & 7);
  }
  return { correlation, ...(result && { result }) };
}

/** Servers answer with the UUID as text (2) or as two numbers (1). */
function decodeCorrelation(reader: protobuf.Reader): number {
  let correlation = NaN;
  for (const end = enter(reader); reader.pos < end;) {
    const tag = reader.uint32();
    if (tag === 18) correlation = parseInt(reader.string().slice(-12), 16);
    else if (tag === 10) correlation = Number(BigInt.asUintN(48, oneField(reader, 16, readUint64) ?? 0n));
    else reader.skipType(tag & 7);
  }
  return correlation;
}

function decodeSuccess(reader: protobuf.Reader): AppendResult {
  let revision = -1n;
  let position = 0n;
  for (const end = enter(reader); reader.pos < end;) {
    const tag = reader.uint32();
    if (tag === 8) revision = readUint64(reader);
    else if (tag === 26) position = readPosition(reader);
    else reader.skipType(tag & 7);
  }
  return { revision, position };
}

/**
 * Appends all or nothing over the client's connection. Rejects with the client's errors, also when the connection breaks;
 * one that is silent is the caller's to notice.
 * @param deadlineMs the server drops the append when it has not come to it after so many milliseconds
 */
export type Append = (
  client: EventStoreDBClient,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
  deadlineMs: number,
) => Promise<AppendResult>;

/** The client's own append. */
export const clientAppend: Append = async (client, stream, events, expected, deadlineMs) => {
  const result = await client.appendToStream(
    stream,
    events.map((event) => jsonEvent({ ...event, data: event.data as Record<string, unknown> })),
    { expectedRevision: expected === 'no_stream' ? NO_STREAM : expected, deadline: deadlineMs },
  );
  return { revision: result.nextExpectedRevision, position: result.position?.commit ?? 0n };
};
