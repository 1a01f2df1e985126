import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LOGINS_STREAM } from '../events/access/login-events.js';
import { TOKENS_STREAM } from '../events/access/token-events.js';
import { CANARY_STREAM } from '../store/store-canary.js';
import { isHistory } from './history.js';

const of = (stream: string) => ({
  stream,
  type: 'Something',
  id: randomUUID(),
  revision: 7n,
  position: 7n,
  created: new Date(0),
  data: {},
  metadata: {},
});

it('a stream that the store shortens is no history: a copy of it could not keep its revisions', () => {
  expect([LOGINS_STREAM, CANARY_STREAM].map((stream) => isHistory(of(stream)))).toEqual([false, false]);
  expect([TOKENS_STREAM, 'task-1'].map((stream) => isHistory(of(stream)))).toEqual([true, true]);
});
