import { describe, expect, it } from '@jest/globals';
import { FrameRate } from './frame-rate.js';

describe("how fast a client's frames are read", () => {
  it('reads a second of them at once, and then as many as a second has', () => {
    let now = 0;
    const rate = new FrameRate(10, () => now);
    for (let frame = 0; frame < 10; frame++) expect(rate.take()).toBe(0);
    expect(rate.take()).toBe(100);
    expect(rate.take()).toBe(200);
    now = 200;
    expect(rate.take()).toBe(100);
    now = 10_000;
    for (let frame = 0; frame < 10; frame++) expect(rate.take()).toBe(0);
    expect(rate.take()).toBeGreaterThan(0);
  });

  it('takes for a flood what has not paused for half a minute, and no burst', () => {
    let now = 0;
    const rate = new FrameRate(10, () => now);
    const send = (forMs: number) => {
      for (const end = now + forMs; now < end;) now += rate.take();
    };
    send(29_000);
    expect(rate.isFlood).toBe(false);
    now += 600;
    send(29_000);
    expect(rate.isFlood).toBe(false);
    send(2_000);
    expect(rate.isFlood).toBe(true);
  });

  it('does not count where nothing is limited', () => {
    const rate = new FrameRate(0);
    for (let frame = 0; frame < 10_000; frame++) expect(rate.take()).toBe(0);
  });
});
