import { describe, expect, it } from '@jest/globals';
import { validate } from 'uuid';
import { UndecodableEventError, eventId, type Causation } from './codec.js';
import { decode, encode } from './task/fold.js';
import type { TaskEvent } from './task/task-events.js';

const causation: Causation = {
  commandId: 'command-1',
  correlationId: 'request-1',
  causationId: 'event-1',
  actor: 'saga',
};
const at = '2026-01-02T03:04:05.678Z';
const named: TaskEvent = { type: 'TaskNamed', data: { title: 'Login', branchName: 'fix-login', at } };
const started: TaskEvent = { type: 'StageStarted', data: { stage: 'create_sandbox', attempt: 1, at } };

const stored = (over: object) => ({
  type: 'TaskNamed',
  data: { ...named.data } as unknown,
  metadata: { schemaVersion: 1 as unknown },
  stream: 'task-x',
  revision: 3n,
  ...over,
});

describe('encoding', () => {
  it('tells who asked and what led to it, and nothing else', () =>
    expect(encode([named], causation)).toEqual([
      {
        id: eventId('command-1', 0),
        type: 'TaskNamed',
        data: named.data,
        metadata: {
          $correlationId: 'request-1',
          $causationId: 'event-1',
          commandId: 'command-1',
          actor: 'saga',
          schemaVersion: 1,
        },
      },
    ]));

  it('derives the ids from the command: a repeated append is the same append', () => {
    const ids = (commandId: string) =>
      encode([named, started], { ...causation, commandId }).map(({ id }) => id);
    expect(ids('a')).toEqual(ids('a'));
    expect(new Set([...ids('a'), ...ids('b')]).size).toBe(4);
    expect(ids('a').every((id) => validate(id))).toBe(true);
  });

  it.each([
    ['a title that is too long', { ...named, data: { ...named.data, title: 'x'.repeat(201) } }],
    ['a field that is missing', { ...named, data: { title: 'x', at } }],
    ['a time that is none', { ...named, data: { ...named.data, at: 'yesterday' } }],
    ['a stage that is none', { ...started, data: { ...started.data, stage: 'lunch' } }],
    ['an attempt before the first', { ...started, data: { ...started.data, attempt: 0 } }],
  ])('refuses %s rather than store what could not be read back', (_, event) => {
    expect(() => encode([named, event as TaskEvent], causation)).toThrow(UndecodableEventError);
  });

  it('leaves out what is undefined, as JSON does, so that what is read back is the same', () => {
    const made: TaskEvent = { type: 'SandboxCreated', data: { sandboxId: 'box', path: undefined, at } };
    const [event] = encode([made], causation);
    const data = JSON.parse(JSON.stringify(event!.data)) as unknown;
    expect(decode(stored({ type: 'SandboxCreated', data }))).toEqual({
      type: 'SandboxCreated',
      data: { sandboxId: 'box', at },
    });
  });
});

describe('decoding', () => {
  it('gives the event', () => expect(decode(stored({}))).toEqual(named));

  it('takes an event without a version for one of the first', () =>
    expect(decode(stored({ metadata: {} }))).toEqual(named));

  it.each(['TaskApplauded', 'BranchReserved', '$metadata', 'constructor', '__proto__', ''])(
    'skips the type %j, which is none of ours',
    (type) => expect(decode(stored({ type }))).toBeNull(),
  );

  it.each([
    ['a version of the future', { metadata: { schemaVersion: 2 } }, 'schema version 2'],
    ['a version that is none', { metadata: { schemaVersion: '1' } }, 'schema version "1"'],
    ['a version before the first', { metadata: { schemaVersion: 0 } }, 'schema version 0'],
    ['half a version', { metadata: { schemaVersion: 1.5 } }, 'schema version 1.5'],
    ['no data', { data: null }, 'not an object'],
    ['text for data', { data: 'TaskNamed' }, 'not an object'],
    ['a list for data', { data: [] }, 'Expected object'],
    ['a missing field', { data: { title: 'x', at } }, 'branchName'],
    ['a field of another type', { data: { ...named.data, title: 7 } }, 'title'],
  ])('refuses %s and says where it lies', (_, over, what) => {
    const reading = () => decode(stored(over));
    expect(reading).toThrow(UndecodableEventError);
    expect(reading).toThrow('TaskNamed at task-x@3');
    expect(reading).toThrow(what);
  });
});
