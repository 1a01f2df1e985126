import { describe, expect, it, jest } from '@jest/globals';
import { TaskStore } from '../../web/src/live/task-store.js';
import { routeOf } from '../../web/src/route.js';
import { saidIn } from '../../web/src/task/said.js';
import { inWorkspace, workspaceOf } from '../../web/src/workspace.js';
import { task } from './task-view.js';

describe('an address', () => {
  const at = (path: string) => new URL(path, 'http://127.0.0.1:3000');

  it.each([
    ['/', { page: 'list' }],
    ['/new', { page: 'new' }],
    ['/tasks/ABC', { page: 'task', taskId: 'abc', at: null }],
    ['/tasks/abc?at=4711', { page: 'task', taskId: 'abc', at: '4711' }],
    ['/tasks/', { page: 'list' }],
    ['/tasks/abc/more', { page: 'list' }],
    ['/elsewhere', { page: 'list' }],
  ])('%s shows %j', (path, route) => expect(routeOf(at(path))).toEqual(route));

  it('keeps its workspace, which is not named where it is the default one', () => {
    for (const workspace of ['default', 'acme labs & co'])
      expect(workspaceOf(at(inWorkspace('/new', workspace)))).toBe(workspace);
    expect(inWorkspace('/new', 'default')).toBe('/new');
    expect(workspaceOf(at('/?workspace='))).toBe('default');
  });
});

describe('what was said in a session', () => {
  const prompt = { role: 'user', text: 'fix it' } as const;
  const transcript = { messages: [prompt, { role: 'agent', text: 'Done.' } as const] };

  it('is the prompt until there is a transcript, and then that: the prompt is in it', () => {
    expect(saidIn('fix it', undefined, false)).toEqual([prompt]);
    expect(saidIn('fix it', { messages: [] }, false)).toEqual([prompt]);
    expect(saidIn('fix it', transcript, false)).toEqual(transcript.messages);
    expect(saidIn(null, undefined, false)).toEqual([]);
  });

  it('in the past is the prompt: what was said by then is not kept', () => {
    expect(saidIn('fix it', transcript, true)).toEqual([prompt]);
    expect(saidIn(null, transcript, true)).toEqual([]);
  });
});

describe('the page’s records', () => {
  it('tell of a burst once, with another map, and not of what is older', () => {
    const store = new TaskStore();
    const told = jest.fn();
    const leave = store.subscribe(told);
    const before = store.all();
    store.apply(task({ position: '10' }), task({ position: '9' }));
    store.apply(task({ position: '11', title: 'newer' }));
    expect(store.all()).toBe(before);
    store.announce();
    expect(told).toHaveBeenCalledTimes(1);
    expect(store.all()).not.toBe(before);
    expect([...store.all().values()]).toMatchObject([{ position: '11', title: 'newer' }]);
    leave();
    store.announce();
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('compare positions as numbers of any length', () => {
    const store = new TaskStore();
    store.apply(task({ position: '9' }));
    store.apply(task({ position: '10' }), task({ position: '90071992547409930' }));
    store.apply(task({ position: '90071992547409929' }));
    expect(store.get(task().taskId)!.position).toBe('90071992547409930');
    store.announce();
  });

  it('forget a task, or all of a workspace, and nothing else', () => {
    const store = new TaskStore();
    store.apply(task({ taskId: 'a' }), task({ taskId: 'b' }), task({ taskId: 'c', workspaceId: 'acme' }));
    store.forget('task:a');
    store.announce();
    expect([...store.all().keys()]).toEqual(['b', 'c']);
    store.forget('workspace:acme');
    store.announce();
    expect([...store.all().keys()]).toEqual(['b']);
  });
});
