import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { jsonEvent, type JSONEventData } from '@eventstore/db-client';

/** A name that no other test, and no other run against the same server, uses. */
export const unique = (prefix: string) => `${prefix}-${randomUUID()}`;

/** Events `{index}` of a type, numbered from 0. */
export const events = (count: number, type = 'test'): JSONEventData[] =>
  Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { index } }));

/** All that a read gives. */
export async function collect<T>(readable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of readable) all.push(each);
  return all;
}

/** The first `count` that a subscription gives; it is ended then. */
export async function take<T>(readable: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  if (count === 0) return taken;
  for await (const each of readable) if (taken.push(each) === count) break;
  return taken;
}

/** Waits until `check` gives something; fails with what it was waiting for. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  ms = 10_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const result = await check();
    if (result) return result as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms in vain until ${what}.`);
    await delay(20);
  }
}

/**
 * What a server says that does not take a request: that it makes no sense or, as real servers mostly do, only that
 * something went wrong. Never a time-out, and never that the server is away.
 */
export async function refusal(promise: Promise<unknown> | (() => Promise<unknown>)): Promise<unknown> {
  const error = await failure(promise);
  const { code } = error as { code?: number };
  if (code !== undefined && !REFUSALS.includes(code)) throw error;
  return error;
}
/** UNKNOWN, INVALID_ARGUMENT and INTERNAL, in gRPC's numbers. */
const REFUSALS: readonly number[] = [2, 3, 13];

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown> | (() => Promise<unknown>)): Promise<unknown> {
  try {
    await (typeof promise === 'function' ? promise() : promise);
  } catch (error) {
    return error;
  }
  throw new Error('It succeeded, and should have failed.');
}
