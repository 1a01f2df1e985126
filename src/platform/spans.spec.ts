import { afterEach, describe, expect, it } from '@jest/globals';
import {
  beginSpan,
  currentTraceparent,
  inSpan,
  isTracing,
  parseTraceparent,
  traceWith,
  type Spans,
} from './spans.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('spans', () => {
  afterEach(() => traceWith(null));

  it('are nothing but the work where nobody keeps them', async () => {
    expect(isTracing()).toBe(false);
    expect(await inSpan({ name: 'x' }, () => Promise.resolve(4711))).toBe(4711);
    expect(beginSpan({ name: 'x' })).toBeNull();
    expect(currentTraceparent()).toBeUndefined();
  });

  it('are kept by whoever keeps them', async () => {
    const names: string[] = [];
    traceWith({ run: (details, work) => (names.push(details.name), work()) } as Spans);
    await inSpan({ name: 'x' }, () => Promise.resolve());
    expect(names).toEqual(['x']);
  });

  it.each([
    [`00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
    [`00-${TRACE}-${SPAN}-02`, { traceId: TRACE, spanId: SPAN, isSampled: false }],
    [`cc-${TRACE}-${SPAN}-01-more`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, null],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
    [`00-${TRACE}-${SPAN}`, null],
    ['', null],
    [4711, null],
    [undefined, null],
  ])('read %j as %j', (text, read) => expect(parseTraceparent(text)).toEqual(read));
});
