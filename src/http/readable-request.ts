import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { FailureCode } from '../events/failure-codes.js';

/** A request that is refused for its form, before anybody looks at what it asks for. */
export class RequestUnreadableError extends Error {
  override readonly name = 'RequestUnreadableError';
  constructor(
    readonly code: FailureCode,
    message: string,
    /** The fields that are wrong, where it is a matter of fields. */
    readonly problems?: readonly { readonly field: string; readonly message: string }[],
  ) {
    super(message);
  }
}

/**
 * The largest request body in bytes: every legal prompt however it is escaped (100,000 characters of six bytes each,
 * `\uXXXX`), with all the rest.
 */
export const BODY_LIMIT = 1_048_576;
const MAX_DEPTH = 32;
const MAX_KEYS = 1_000;
const MAX_KEY_LENGTH = 200;
/** Names that mean something to JavaScript itself. No field of ours has one. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
/** Requests that are told what to do by their body alone. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
/** Query parameters that may be given more than once. */
const REPEATABLE = new Set(['status', 'activity']);

/**
 * The one place that every address, query and body passes before anything of ours sees it. What comes out is bounded
 * and plain: well-formed Unicode without NUL, few keys, few levels, JSON only, each query parameter once.
 */
export const readableRequest = (): RequestHandler[] => [
  checkAddress,
  checkType,
  // Not strict: that a body is JSON and no object is told as that.
  express.json({ limit: BODY_LIMIT, type: 'application/json', strict: false }),
  checkBody,
];

function checkAddress(request: Request, _: Response, next: NextFunction): void {
  const [path = '', ...rest] = request.url.split('?');
  decoded(path, 'The path');
  const seen = new Set<string>();
  const pairs = rest.join('?').split('&');
  if (pairs.length > MAX_KEYS)
    throw new RequestUnreadableError('malformed_url', 'The query has too many parts.');
  for (const pair of pairs) {
    const [rawName = '', ...rawValue] = pair.split('=');
    const name = decoded(rawName, 'The query');
    const shown = JSON.stringify(name.slice(0, MAX_KEY_LENGTH));
    // What a write is to do stands in its body; a `?keepBranch=true` must not do nothing in silence.
    if (RESERVED.has(name) || (pair !== '' && WITH_BODY.has(request.method))) {
      throw new RequestUnreadableError('malformed_url', `${shown} is no query parameter of this request.`);
    }
    if (pair !== '' && seen.has(name) && !REPEATABLE.has(name)) {
      throw new RequestUnreadableError(
        'malformed_url',
        `The query parameter ${shown} is given more than once.`,
      );
    }
    seen.add(name);
    decoded(rawValue.join('='), `The query parameter ${shown}`);
  }
  next();
}

/** Decodes part of an address. A lone surrogate cannot be in it: percent-encoding of one is no UTF-8. */
function decoded(text: string, what: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RequestUnreadableError(
      'malformed_url',
      `${what} is not UTF-8 in percent-encoding; write "%" as %25.`,
    );
  }
  if (!plain.includes('\0')) return plain;
  throw new RequestUnreadableError('malformed_url', `${what} has a NUL character.`);
}

function checkType(request: Request, _: Response, next: NextFunction): void {
  const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '');
  if ((hasBody || type !== undefined) && !isJson) {
    const got = type === undefined ? 'none was given' : `not ${JSON.stringify(type.slice(0, 100))}`;
    const message = `A body is read only with Content-Type: application/json; ${got}.`;
    throw new RequestUnreadableError('unsupported_media_type', message);
  }
  next();
}

function checkBody(request: Request, _: Response, next: NextFunction): void {
  const body: unknown = request.body;
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw new RequestUnreadableError('malformed_body', 'The body must be one JSON object.');
  }
  checkValue(body);
  next();
}

/** Level by level and not by recursion, so that no nesting is too deep for the check itself. */
function checkValue(root: unknown): void {
  let level: { readonly value: unknown; readonly field: string }[] = [{ value: root, field: '' }];
  let keys = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { value, field } of level) {
      if (typeof value === 'string') checkText(value, field);
      if (typeof value !== 'object' || value === null) continue;
      if (depth >= MAX_DEPTH) {
        throw new RequestUnreadableError('malformed_body', `The body has more than ${MAX_DEPTH} levels.`);
      }
      const entries = Object.entries(value);
      keys += entries.length;
      if (keys > MAX_KEYS) {
        throw new RequestUnreadableError('malformed_body', `The body has more than ${MAX_KEYS} keys.`);
      }
      for (const [key, item] of entries) {
        if (key.length > MAX_KEY_LENGTH || RESERVED.has(key)) {
          const shown = JSON.stringify(key.slice(0, MAX_KEY_LENGTH).toWellFormed());
          throw new RequestUnreadableError('malformed_body', `${shown} is not a field of this request.`);
        }
        checkText(key, 'a key');
        next.push({ value: item, field: field === '' ? key : `${field}.${key}` });
      }
    }
    level = next;
  }
}

function checkText(text: string, field: string): void {
  if (!text.includes('\0') && text.isWellFormed()) return;
  const message = `${field} must be well-formed Unicode text without NUL characters`;
  throw new RequestUnreadableError('invalid_request', message, [{ field, message }]);
}
