import { describe, expect, it } from '@jest/globals';
import { asUuid, requestIdOf } from './request-id.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OURS = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("a request's id", () => {
  it.each([
    [{ traceparent: `00-${TRACE}-b7ad6b7169203331-01` }, TRACE],
    [{ traceparent: `cc-${TRACE}-b7ad6b7169203331-01-what-comes-later` }, TRACE],
    [{ traceparent: `00-${TRACE}-b7ad6b7169203331-01`, 'x-request-id': 'mine' }, TRACE],
    [{ traceparent: 'nonsense', 'x-request-id': 'mine' }, 'mine'],
    [{ 'x-request-id': 'req:7.a_b-c' }, 'req:7.a_b-c'],
  ])('is what the caller calls it: %j', (headers, id) => {
    expect(requestIdOf(headers)).toBe(id);
  });

  it.each([
    {},
    { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` },
    { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` },
    { 'x-request-id': '' },
    { 'x-request-id': 'two words' },
    { 'x-request-id': '-starts-as-an-option' },
    { 'x-request-id': 'a\u001b[31m' },
    { 'x-request-id': 'x'.repeat(129) },
  ])('is one of ours where the caller has none that can be written down: %j', (headers) => {
    expect(requestIdOf(headers)).toMatch(OURS);
  });

  it('is a correlation where it can be written as a UUID', () => {
    expect(asUuid(TRACE)).toBe('0af76519-16cd-43dd-8448-eb211c80319c');
    expect(asUuid('0AF76519-16CD-43DD-8448-EB211C80319C')).toBe('0af76519-16cd-43dd-8448-eb211c80319c');
    expect(['mine', '', `${TRACE}0`].map(asUuid)).toEqual([undefined, undefined, undefined]);
  });
});
