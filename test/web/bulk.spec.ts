import { describe, expect, it } from '@jest/globals';
import { SlipwayError } from '@slipway/client';
import { doToAll, takes } from '../../web/src/task/bulk.js';
import { task } from './task-view.js';

const named = (taskId: string) => task({ taskId });
const refusal = (code: 'unpushed_work' | 'not_permitted') =>
  new SlipwayError({ code, title: code, detail: `it is ${code}`, status: 409 });

describe('what is done to several tasks', () => {
  it('is done to those that it can be done to', () => {
    const tasks = [task({ taskId: 'a', status: 'running' }), task({ taskId: 'b', status: 'killed' })];
    expect(takes(tasks, 'kill').map(({ taskId }) => taskId)).toEqual(['a']);
  });

  it('is tried on each once, a few at a time, and tells what became of it', async () => {
    const tasks = Array.from({ length: 30 }, (_, n) => named(String(n)));
    const tried: string[] = [];
    let most = 0;
    let now = 0;
    const outcome = await doToAll(
      tasks,
      async (one) => {
        tried.push(one.taskId);
        most = Math.max(most, ++now);
        await Promise.resolve();
        now--;
        if (one.taskId === '7') throw refusal('unpushed_work');
        if (one.taskId === '9') throw refusal('not_permitted');
        return one;
      },
      () => undefined,
    );
    expect([...tried].sort()).toEqual(tasks.map(({ taskId }) => taskId).sort());
    expect(most).toBe(4);
    expect(outcome.done).toHaveLength(28);
    expect(outcome.unpushed).toMatchObject([{ task: { taskId: '7' }, reason: 'it is unpushed_work' }]);
    expect(outcome.failed).toMatchObject([{ task: { taskId: '9' }, reason: 'it is not_permitted' }]);
  });
});
