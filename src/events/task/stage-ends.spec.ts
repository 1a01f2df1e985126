import { expect, it } from '@jest/globals';
import { HISTORIES } from '../../../test/support/task-history.js';
import { stageEndedBy } from './task-events.js';
import { PROVISIONING_STAGES } from './vocabulary.js';

it.each([
  ['running', PROVISIONING_STAGES],
  ['archived', [...PROVISIONING_STAGES, 'release_sandbox']],
  ['killed', [...PROVISIONING_STAGES, 'destroy_sandbox']],
] as const)('a task that is %s has been through its stages, each ended by one event', (status, stages) => {
  const events = HISTORIES[status];
  const created = events.find(({ type }) => type === 'TaskCreated')!;
  const { sessionId } = created.data as { sessionId: string };
  const ended = events.map((event) => stageEndedBy(event, sessionId)).filter((stage) => stage !== null);
  expect(ended).toEqual(stages);
});

it('the creation of a further session ends no stage, nor does a word that objects know', () => {
  expect(stageEndedBy({ type: 'SessionCreated', data: { sessionId: 'second' } }, 'first')).toBeNull();
  expect(stageEndedBy({ type: 'constructor', data: {} }, 'first')).toBeNull();
});
