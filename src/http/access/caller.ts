import { AsyncLocalStorage } from 'node:async_hooks';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.js';
import { AccessDeniedError } from '../../access/access.js';
import type { Caller } from '../../access/permissions.js';
import type { TooManyError } from '../../access/too-many.js';
import { newContext, type CommandContext } from '../../commands/executor.js';
import { asUuid } from '../request-id.js';
import { whenceOf } from '../whence.js';
import type { ClientRates } from './client-rates.js';
import { cookieOf } from './cookies.js';
import { foreignPageRefusal } from './own-page.js';

/** A request, and who it is of. */
export interface CallersRequest extends Request {
  caller?: Caller;
  /** What it is called in logs. */
  requestId?: string;
}

/** Who is served by what runs just now, and in which request. */
const serving = new AsyncLocalStorage<{ readonly caller: Caller; readonly requestId: string | undefined }>();

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who sends a request or an upgrade. @param ticket that stands in its address. Throws EventStoreUnavailableError. */
async function whoSends(
  access: Access,
  request: IncomingMessage,
  { isWrite, ticket }: { readonly isWrite: boolean; readonly ticket?: string | null },
): Promise<Caller | AccessDeniedError> {
  const { address } = whenceOf(request);
  const cookie = cookieOf(request, 'slipway');
  const caller = await access.callerOf({ headers: request.headers, address, ticket, cookie });
  if (caller instanceof AccessDeniedError || caller.loginId === undefined || typeof ticket === 'string')
    return caller;
  return foreignPageRefusal(request, isWrite) ?? caller;
}

/** As `whoSends`; and TooManyError where they ask too often. */
export async function whoMaySend(
  access: Access,
  rates: ClientRates,
  request: IncomingMessage,
  how: Parameters<typeof whoSends>[2],
): Promise<Caller | AccessDeniedError | TooManyError> {
  const caller = await whoSends(access, request, how);
  return (await rates.refusal(caller, whenceOf(request).address)) ?? caller;
}

/** Only a caller who is known gets further, before anything of a request is read: to all but the page and its health. */
export const authenticate =
  (access: Access, rates: ClientRates): RequestHandler =>
  (request: CallersRequest, _: Response, next: NextFunction): void => {
    if (!/^\/(v1|metrics)(\/|$)/i.test(request.path)) return next();
    whoMaySend(access, rates, request, { isWrite: !READS.has(request.method) }).then((caller) => {
      if (caller instanceof Error) return next(caller);
      request.caller = caller;
      next();
    }, next);
  };

/** What follows is done for the caller. */
export const serveCaller: RequestHandler = (request: CallersRequest, _, next) => {
  const { caller, requestId } = request;
  if (caller === undefined) next();
  else serving.run({ caller, requestId }, () => next());
};

/** Who asks. Throws outside of a request. */
export function currentCaller(): Caller {
  return served().caller;
}

function served() {
  const now = serving.getStore();
  if (now === undefined) throw new Error('Nobody asks here.');
  return now;
}

/**
 * The context of a command that the caller of this request asks for. Everything that comes of it is found by the request's id,
 * which is its correlation where it can be written as a UUID.
 */
export function callersContext(): CommandContext {
  const { caller, requestId } = served();
  const { actor, address, tokenId } = caller;
  const context = newContext(actor);
  const correlationId = asUuid(requestId ?? '') ?? context.correlationId;
  return { ...context, correlationId, address, tokenId };
}
