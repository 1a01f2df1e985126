import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FrameRate } from '../../access/frame-rate.js';
import { FrameIntake } from './frame-intake.js';

function set(perS: number, handle: (text: string) => void | Promise<void>) {
  const source = { open: true, hold: jest.fn(), flooded: jest.fn(() => void (source.open = false)) };
  return { source, intake: new FrameIntake(source, new FrameRate(perS, () => Date.now()), handle) };
}

describe('the frames of a client', () => {
  afterEach(() => void jest.useRealTimers());

  it('are taken in their order, one after the other, while nothing more is read', async () => {
    const told: string[] = [];
    let goOn!: () => void;
    const { source, intake } = set(0, (text) => {
      told.push(text);
      if (text === 'slow') return new Promise<void>((resolve) => (goOn = resolve));
    });
    for (const text of ['first', 'slow', 'after']) intake.take(text);
    expect(told).toEqual(['first', 'slow']);
    expect(source.hold).toHaveBeenLastCalledWith(true);
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['first', 'slow', 'after']);
    expect(source.hold).toHaveBeenLastCalledWith(false);
  });

  it('are read no faster than is allowed, and end when they come so for long', async () => {
    jest.useFakeTimers();
    const handle = jest.fn<(text: string) => void>();
    const { source, intake } = set(100, handle);
    for (let frame = 0; frame < 10_000; frame++) intake.take('x');
    expect(handle).toHaveBeenCalledTimes(100);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(handle.mock.calls.length).toBeGreaterThan(400);
    expect(handle.mock.calls.length).toBeLessThanOrEqual(600);
    expect(source.flooded).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(source.flooded).toHaveBeenCalledTimes(1);
    const { length } = handle.mock.calls;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(handle).toHaveBeenCalledTimes(length);
  });
});
