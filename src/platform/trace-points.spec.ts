import { afterEach, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { channelName, type Passage, TRACE_POINTS, tracePoint } from './trace-points.js';

const heard: [string | symbol, Passage][] = [];
const listen = (passage: unknown, name: string | symbol) => void heard.push([name, passage as Passage]);
afterEach(() => {
  heard.length = 0;
});

it.each(TRACE_POINTS)('tells whoever listens to %s of each passage before it goes on', (point) => {
  subscribe(channelName(point), listen);
  tracePoint(point, 'task 1');
  tracePoint(point);
  for (const other of TRACE_POINTS.filter((name) => name !== point)) tracePoint(other);
  unsubscribe(channelName(point), listen);
  tracePoint(point);
  expect(heard).toEqual([
    [`slipway.${point}`, { taskId: 'task 1' }],
    [`slipway.${point}`, { taskId: undefined }],
  ]);
});
