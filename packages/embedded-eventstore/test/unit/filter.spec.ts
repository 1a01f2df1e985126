import { expect, test } from '@jest/globals';
import { encodeEvent } from '../../src/store/event.js';
import { Filter, type FilterSettings } from '../../src/streams/filter.js';

const event = (stream: string, type: string) =>
  encodeEvent(
    {
      id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
      type,
      contentType: '',
      metadata: Buffer.alloc(0),
      data: Buffer.alloc(0),
    },
    stream,
    0,
    1,
    0,
  );
const accepts = (settings: Omit<FilterSettings, 'checkpointEvery'>, stream: string, type: string) =>
  new Filter({ ...settings, checkpointEvery: 1 }).accepts(event(stream, type));

test.each([
  [{ on: 'type', prefixes: ['Task', 'Stage'] }, 's', 'StageStarted', true],
  [{ on: 'type', prefixes: ['Task', 'Stage'] }, 'Task', 'Other', false],
  [{ on: 'stream', prefixes: ['task-'] }, 'task-1', 'x', true],
  [{ on: 'stream', regex: '^task-\\d+$' }, 'task-12', 'x', true],
  [{ on: 'stream', regex: '^task-\\d+$' }, 'task-x', 'x', false],
  [{ on: 'type', regex: '^[^$].*' }, 's', '$metadata', false],
  [{ on: 'type', regex: 'tarte' }, 's', 'StageStarted', true],
] as const)('%j on %s, %s: %s', (settings, stream, type, expected) => {
  const { prefixes, ...rest } = { prefixes: undefined, ...settings };
  expect(accepts({ ...rest, ...(prefixes ? { prefixes: [...prefixes] } : {}) }, stream, type)).toBe(expected);
});

test('an evil expression takes no time', () => {
  const before = performance.now();
  accepts({ on: 'type', regex: '^(a+)+$' }, 's', `${'a'.repeat(1_000)}!`);
  expect(performance.now() - before).toBeLessThan(1_000);
});

test.each(['(', '(?<=a)b', `${'x'.repeat(5_000)}`])('the pattern %p is refused', (regex) => {
  expect(() => accepts({ on: 'type', regex }, 's', 't')).toThrow(/filter/);
});
