import { describe, expect, it, jest } from '@jest/globals';
import { TaskStore } from '../../web/src/live/task-store.js';
import { routeOf } from '../../web/src/route.js';
import { needsYouFirst, newlyWaiting, windowTitle } from '../../web/src/task/needs-you.js';
import { draftsIn } from '../../web/src/conversation/drafts.js';
import { inWorkspace, workspaceOf } from '../../web/src/workspace.js';
import { task } from './task-view.js';

describe('an address', () => {
  const at = (path: string) => new URL(path, 'http://127.0.0.1:3000');

  it.each([
    ['/', { page: 'list' }],
    ['/new', { page: 'new', from: null }],
    ['/new?from=abc', { page: 'new', from: 'abc' }],
    ['/audit', { page: 'audit', subject: null }],
    ['/audit?workspace=acme&subject=abc', { page: 'audit', subject: 'abc' }],
    ['/tasks/ABC', { page: 'task', taskId: 'abc', at: null }],
    ['/tasks/abc?at=4711', { page: 'task', taskId: 'abc', at: '4711' }],
    ['/tasks/', { page: 'unknown' }],
    ['/tasks/abc/more', { page: 'unknown' }],
    ['/elsewhere', { page: 'unknown' }],
  ])('%s shows %j', (path, route) => expect(routeOf(at(path))).toEqual(route));

  it('keeps its workspace, which is not named where it is the default one', () => {
    for (const workspace of ['default', 'acme labs & co'])
      expect(workspaceOf(at(inWorkspace('/new', workspace)))).toBe(workspace);
    expect(inWorkspace('/new', 'default')).toBe('/new');
    expect(workspaceOf(at('/?workspace='))).toBe('default');
    expect(inWorkspace('/new', 'acme', { from: 'a b' })).toBe('/new?workspace=acme&from=a+b');
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

describe('tasks that need somebody', () => {
  const tasks = ['a', 'b', 'c'].map((taskId) => task({ taskId, needsYou: taskId === 'b' }));
  const ids = (list: Iterable<{ taskId: string }>) => [...list].map(({ taskId }) => taskId);

  it('come first; the others stay as they are', () => {
    expect(ids(needsYouFirst(tasks))).toEqual(['b', 'a', 'c']);
    const none = tasks.map((each) => ({ ...each, needsYou: false }));
    expect(needsYouFirst(none)).toBe(none);
  });

  it('are counted in the title', () => {
    expect(windowTitle('', 0)).toBe('Slipway');
    expect(windowTitle('', 2)).toBe('(2) Slipway');
    expect(windowTitle('fix: it', 1)).toBe('(1) fix: it · Slipway');
  });

  it('are told of once, when they begin to wait; those that waited at first are not', () => {
    const first = newlyWaiting(null, tasks);
    expect(ids(first.fresh)).toEqual([]);
    const all = tasks.map((each) => ({ ...each, needsYou: true }));
    const second = newlyWaiting(first.now, all);
    expect(ids(second.fresh)).toEqual(['a', 'c']);
    expect(ids(newlyWaiting(second.now, all).fresh)).toEqual([]);
    const answered = newlyWaiting(second.now, tasks);
    expect(ids(newlyWaiting(answered.now, all).fresh)).toEqual(['a', 'c']);
  });
});

describe('drafts', () => {
  const storage = () => {
    const values = new Map<string, string>();
    return {
      values,
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
    };
  };

  it('are kept by session until they are sent, the latest twenty', () => {
    const store = storage();
    const drafts = draftsIn(() => store);
    for (let i = 0; i < 25; i++) drafts.write(`s${i}`, `text ${i}`);
    drafts.write('s24', '');
    expect(draftsIn(() => store).read('s23')).toBe('text 23');
    expect(drafts.read('s24')).toBe('');
    expect(drafts.read('s0')).toBe('');
  });

  it.each(['{', '{}', '[1, ["a"], ["a", 2]]', 'null'])('that are none (%s) are none', (stored) => {
    const store = storage();
    store.setItem('slipway:drafts', stored);
    const drafts = draftsIn(() => store);
    expect(drafts.read('a')).toBe('');
    drafts.write('a', 'text');
    expect(drafts.read('a')).toBe('text');
  });

  it('are not kept where nothing can be, and nothing fails', () => {
    const drafts = draftsIn(() => {
      throw new Error('SecurityError');
    });
    drafts.write('a', 'text');
    expect(drafts.read('a')).toBe('');
  });
});
