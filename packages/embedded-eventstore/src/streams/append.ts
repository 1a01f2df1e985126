import { frame } from '../grpc/frames.js';
import { shared, streams } from '../grpc/messages.js';
import type { Handler } from '../grpc/server.js';
import { invalidArgument, streamDeleted } from '../grpc/status.js';
import { FieldReader } from '../grpc/wire.js';
import { append, type AppendOutcome, type Expected } from '../store/append.js';
import type { ProposedEvent } from '../store/event.js';
import type { Journal } from '../store/journal.js';
import { checkWritable, readProposedEvent, readStreamName, tooLarge } from './proposed.js';

/** Append: one append as a call of its own; a conflict is an answer, not an error. */
export function appendCall(journal: Journal): Handler {
  return (call) => {
    let stream = '';
    let expected: Expected = 'any';
    const events: ProposedEvent[] = [];
    let size = 0;
    let received = 0;
    call.onMessage = (message) => {
      received += message.length;
      const reader = new FieldReader(message);
      while (reader.next()) {
        if (reader.field === 1) [stream, expected] = readOptions(reader.message());
        else if (reader.field === 2) {
          const event = readProposedEvent(reader.message());
          size += event.data.length;
          events.push(event);
        } else reader.skip();
      }
      const failure = tooLarge(size, received);
      if (failure) throw failure;
    };
    call.onEnd = () => {
      checkWritable(stream);
      journal.submit(
        (transaction) => append(transaction, stream, expected, events),
        (outcome) =>
          call.guard(() => {
            if (outcome.kind === 'deleted') throw streamDeleted(stream);
            call.send(frame(encode(outcome, expected).serializeBinary()));
            call.end();
          }),
        (error) => call.end(error),
      );
    };
  };
}

function readOptions(reader: FieldReader): [string, Expected] {
  let stream = '';
  let expected: Expected | undefined;
  while (reader.next()) {
    if (reader.field === 1) stream = readStreamName(reader.message());
    else if (reader.field === 2) expected = reader.varint();
    else {
      expected = ({ 3: 'no_stream', 4: 'any', 5: 'stream_exists' } as const)[reader.field] ?? expected;
      reader.skip();
    }
  }
  if (expected === undefined) throw invalidArgument('The append says no expected revision.');
  return [stream, expected];
}

function encode(outcome: Exclude<AppendOutcome, { kind: 'deleted' }>, expected: Expected) {
  const response = new streams.AppendResp();
  if (outcome.kind === 'wrong-version')
    return response.setWrongExpectedVersion(encodeConflict(expected, outcome.current));
  const success = new streams.AppendResp.Success();
  if (outcome.revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) success.setNoPosition(new shared.Empty());
  else {
    const position = new streams.AppendResp.Position();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    success.setPosition(position);
  }
  return response.setSuccess(success);
}

function encodeConflict(expected: Expected, current: number | undefined) {
  const conflict = new streams.AppendResp.WrongExpectedVersion();
  if (current === undefined) conflict.setCurrentNoStream(new shared.Empty());
  else conflict.setCurrentRevision(String(current));
  if (expected === 'any') conflict.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') conflict.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') conflict.setExpectedStreamExists(new shared.Empty());
  else conflict.setExpectedRevision(String(expected));
  return conflict;
}
