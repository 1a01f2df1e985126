import { test } from '@jest/globals';
import fc from 'fast-check';
import { Model, steps } from '../support/model.js';
import { useServer } from '../support/server.js';

const server = useServer();

test('any sequence of appends, repetitions, deletes, limits and reads agrees with the model', async () => {
  await fc.assert(
    fc.asyncProperty(steps(false), async (sequence) => {
      const model = new Model(() => server.client);
      for (const step of sequence) await model.run(step);
      await model.compareAll();
    }),
    { numRuns: 60, endOnFailure: false },
  );
}, 300_000);
