import type { IncomingMessage } from 'node:http';
import { AccessDeniedError } from '../../access/access.js';
import type { RefusalRecord } from '../../access/refusal-record.js';
import { TooManyError } from '../../access/too-many.js';
import { DoorRefusedError } from '../door.js';
import { whenceOf } from '../whence.js';
import type { CallersRequest } from './caller.js';

/** Notes what was refused to whom: what an operator looks for afterwards. The query is left out. */
export function noteRefusal(
  record: Pick<RefusalRecord, 'note'>,
  error: unknown,
  request: IncomingMessage,
): void {
  const isTooMany = error instanceof TooManyError;
  if (!isTooMany && !(error instanceof AccessDeniedError) && !(error instanceof DoorRefusedError)) return;
  const { caller, originalUrl = request.url ?? '' } = request as CallersRequest;
  const refusal = {
    code: error.code,
    method: request.method,
    path: originalUrl.split('?')[0]!,
    address: whenceOf(request).address,
    ...(caller !== undefined && {
      actor: caller.actor,
      tokenId: caller.tokenId,
      workspaceId: caller.workspaceId,
    }),
  };
  // What a flood is answered with makes no line of the log each time.
  record.note(refusal, { isLogged: !isTooMany });
}
