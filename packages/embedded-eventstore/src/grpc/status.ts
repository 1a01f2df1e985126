/** gRPC status codes that the node answers with (https://grpc.io/docs/guides/status-codes/). */
export const Status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/**
 * A failure as the client sees it. The client picks its error class by the trailer `exception` and reads the
 * details from the other trailers; one that is missing makes it throw a TypeError instead.
 */
export class GrpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly trailers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export const invalidArgument = (message: string) => new GrpcError(Status.INVALID_ARGUMENT, message);

export const accessDenied = () =>
  new GrpcError(
    Status.UNAUTHENTICATED,
    'The caller does not show the key of this node. Use the address that it prints when it starts, as it is.',
    { exception: 'access-denied' },
  );

/** `$all` is what all streams together are; nobody may write to it as if it were one. */
export const writeDenied = (stream: string) =>
  new GrpcError(Status.PERMISSION_DENIED, `Nobody may write to ${stream}.`, { exception: 'access-denied' });

/** Not INVALID_ARGUMENT: real servers answer so. */
export const invalidPosition = (position: number) =>
  new GrpcError(Status.UNKNOWN, `InvalidPosition: there is no event of $all at ${position}.`);

export const streamDeleted = (stream: string) =>
  new GrpcError(Status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

/** `expected` and `actual` are revisions or, below zero, the protocol's special versions; no stream is -1. */
export const wrongExpectedVersion = (stream: string, expected: number, actual: number) =>
  new GrpcError(
    Status.FAILED_PRECONDITION,
    `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(expected),
      'actual-version': String(actual),
    },
  );

export const maximumAppendSizeExceeded = (limit: number) =>
  new GrpcError(Status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });

export const requiredMetadataMissing = (name: string) =>
  new GrpcError(Status.INVALID_ARGUMENT, `The required metadata property "${name}" of an event is missing.`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': name,
  });

const group = (code: number, exception: string, stream: string, name: string, message: string) =>
  new GrpcError(code, message, { exception, 'stream-name': stream, 'group-name': name });

export const groupNotFound = (stream: string, name: string) =>
  group(
    Status.NOT_FOUND,
    'persistent-subscription-does-not-exist',
    stream,
    name,
    `Subscription group ${name} on stream ${stream} does not exist.`,
  );

export const groupExists = (stream: string, name: string) =>
  group(
    Status.ALREADY_EXISTS,
    'persistent-subscription-exists',
    stream,
    name,
    `Subscription group ${name} on stream ${stream} exists.`,
  );

export const groupFailed = (stream: string, name: string, reason: string) => {
  const message = `Subscription group ${name} on stream ${stream} failed: '${reason}'`;
  const error = group(Status.INTERNAL, 'persistent-subscription-failed', stream, name, message);
  return new GrpcError(error.code, error.message, { ...error.trailers, reason });
};

export const groupDropped = (stream: string, name: string) =>
  group(
    Status.CANCELLED,
    'persistent-subscription-dropped',
    stream,
    name,
    `Subscription group ${name} on stream ${stream} was dropped.`,
  );

export const groupFull = (stream: string, name: string) =>
  group(
    Status.FAILED_PRECONDITION,
    'maximum-subscribers-reached',
    stream,
    name,
    `Maximum subscriptions reached for subscription group ${name} on stream ${stream}.`,
  );
