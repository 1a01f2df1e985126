import { afterEach, expect, it } from '@jest/globals';
import type { QueryBus } from '@nestjs/cqrs';
import { FrameError, type LogTopic } from './client-frame.js';
import type { LiveSocket } from './live-socket.js';
import { LogTopics } from './log-topics.js';

const TOPIC: LogTopic = { kind: 'log', name: 'log:x:agent', id: 'x', source: 'agent' };
/** A sandbox that has nothing to tell, and a client that takes whatever it is sent. */
const queries = { execute: () => new Promise(() => undefined) } as unknown as QueryBus;
const socket = { open: true, drained: () => Promise.resolve() } as unknown as LiveSocket;

let topics: LogTopics;
afterEach(() => topics.onModuleDestroy());

const refusalOf = (follow: () => unknown): string | undefined => {
  try {
    follow();
    return undefined;
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return `${error.code}: ${error.message}`;
  }
};

it('a client follows so many logs and no more, whatever others follow, and another one in place of one of them', () => {
  topics = new LogTopics(queries);
  const follow = (client: string) => topics.follow(TOPIC, undefined, socket, client);
  const own = Array.from({ length: 50 }, () => follow('a'));
  expect(refusalOf(() => follow('a'))).toMatch(/^too_many_subscriptions: One client follows at most 50 logs/);
  own[0]!();
  // Stopped twice is stopped once.
  own[0]!();
  expect(refusalOf(() => follow('a'))).toBeUndefined();
  expect(refusalOf(() => follow('a'))).toBeDefined();
  expect(refusalOf(() => follow('b'))).toBeUndefined();
});

it('all clients together follow as many as one process looks after', () => {
  topics = new LogTopics(queries);
  for (const client of ['a', 'b', 'c', 'd'])
    for (let count = 0; count < 50; count++) topics.follow(TOPIC, undefined, socket, client);
  expect(refusalOf(() => topics.follow(TOPIC, undefined, socket, 'e'))).toContain('At most 200 logs');
});
