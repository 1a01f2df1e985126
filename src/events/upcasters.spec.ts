import { afterEach, describe, expect, it } from '@jest/globals';
import { decode } from './task/fold.js';
import { UPCASTERS, currentVersion, upcast, type Upcaster } from './codec.js';

const toSecond: Upcaster = ({ name, ...data }) => ({ ...data, title: name });
const toThird: Upcaster = (data) => ({ ...data, branchName: `feat-${String(data.title)}` });
const at = '2026-01-02T03:04:05.678Z';

/** As if TaskNamed had been changed twice. */
const withTwoChanges = () => (UPCASTERS.TaskNamed = [toSecond, toThird]);
afterEach(() => void delete UPCASTERS.TaskNamed);

describe('upcasters', () => {
  it('lift each version through those that came after it', () => {
    withTwoChanges();
    expect(currentVersion('TaskNamed')).toBe(3);
    expect(currentVersion('TaskKilled')).toBe(1);
    expect(upcast('TaskNamed', 1, { name: 'x' })).toEqual({ title: 'x', branchName: 'feat-x' });
    expect(upcast('TaskNamed', 2, { title: 'x' })).toEqual({ title: 'x', branchName: 'feat-x' });
    expect(upcast('TaskNamed', 3, { title: 'x' })).toEqual({ title: 'x' });
  });

  it('are what every reader goes through', () => {
    withTwoChanges();
    const stored = { type: 'TaskNamed', stream: 'task-x', revision: 0n, data: { name: 'x', at } };
    const expected = { type: 'TaskNamed', data: { title: 'x', branchName: 'feat-x', at } };
    expect(decode({ ...stored, metadata: { schemaVersion: 1 } })).toEqual(expected);
    expect(decode({ ...stored, metadata: {} })).toEqual(expected);
    expect(() => decode({ ...stored, metadata: { schemaVersion: 4 } })).toThrow('reads up to 3');
  });
});
