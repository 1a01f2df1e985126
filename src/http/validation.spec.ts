import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { CreateTaskDto } from './tasks/create-task.dto.js';
import { InvalidRequestError } from '../commands/command-refused.js';
import { KillTaskDto } from './tasks/kill-task.dto.js';
import { RequestSessionDto } from './tasks/request-session.dto.js';
import { validationPipe } from './validation.js';

const pipe = validationPipe();
const read = <T>(type: new () => T, body: unknown): Promise<T> =>
  pipe.transform(body, { type: 'body', metatype: type }) as Promise<T>;
const problemsOf = async (type: new () => object, body: unknown) => {
  const error: unknown = await read(type, body).catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(InvalidRequestError);
  const { code, problems, message } = error as InvalidRequestError;
  expect(code).toBe('invalid_request');
  expect(message).not.toBe('');
  return problems;
};

const minimal = { task: 'fix it', repoRemote: 'https://github.com/acme/shop.git' };

describe('the body of a create', () => {
  it('needs a task and a remote, no more', async () => {
    expect(await read(CreateTaskDto, minimal)).toEqual(minimal);
    expect(await problemsOf(CreateTaskDto, {})).toEqual([
      { field: 'task', message: 'task must say what is to be done' },
      { field: 'repoRemote', message: expect.stringContaining('address of a git repository') },
    ]);
  });

  it('may have everything, and null for what is not given', async () => {
    const full = {
      ...minimal,
      workspaceId: 'acme-labs.2',
      title: 'Größe 修复 😀',
      branchName: 'feature/x',
      onBranch: 'main',
      providerId: 'local',
      agentType: 'claude-code',
    };
    expect(await read(CreateTaskDto, full)).toEqual(full);
    const nothing = { ...minimal, workspaceId: null, title: null, branchName: null, agentType: null };
    expect(await read(CreateTaskDto, nothing)).toEqual(nothing);
  });

  it.each(['\u200b', '\u2060\u200d\ufeff', '\u3164 \u00ad', '\u2800\ufe0f', '\u202e'])(
    'refuses a prompt and a title of which nothing is seen: %j',
    async (text) => {
      expect(await problemsOf(CreateTaskDto, { ...minimal, task: text })).toEqual([
        { field: 'task', message: 'task must say what is to be done' },
      ]);
      expect(await problemsOf(CreateTaskDto, { ...minimal, title: text })).toEqual([
        { field: 'title', message: 'title must have something to read, or be left out' },
      ]);
    },
  );

  it('takes a blank title, which is none', async () => {
    expect(await read(CreateTaskDto, { ...minimal, title: ' ' })).toMatchObject({ title: ' ' });
  });

  it('takes every prompt of up to 100,000 characters with something in it', async () => {
    for (const task of [
      'x',
      '\n\t修\n',
      '😀'.repeat(50_000),
      "'; DROP TABLE tasks; --",
      '$(rm -rf /)',
      '﷽\u202e',
    ]) {
      expect(await read(CreateTaskDto, { ...minimal, task })).toMatchObject({ task });
    }
  });

  it.each([
    ['task', 5],
    ['task', ''],
    ['task', ' \n '],
    ['task', null],
    ['task', ['fix it']],
    ['task', 'fix\0it'],
    ['task', 'half a \ud83d character'],
    ['task', 'x'.repeat(100_001)],
    ['task', '😀'.repeat(50_001)],
    ['task', 'x\ufe0f'.repeat(100_000)],
    ['repoRemote', ''],
    ['repoRemote', { url: 'x' }],
    ['repoRemote', 'https://a/\0'],
    ['repoRemote', `https://a/${'x'.repeat(2_048)}`],
    ['workspaceId', ''],
    ['workspaceId', '../etc'],
    ['workspaceId', 'a b'],
    ['workspaceId', 'a:b'],
    ['workspaceId', 'a'.repeat(101)],
    ['workspaceId', 7],
    ['title', 7],
    ['title', 'a\0'],
    ['title', '😀'.repeat(101)],
    ['branchName', 7],
    ['onBranch', {}],
    ['providerId', []],
    ['providerId', 'x'.repeat(51)],
    ['agentType', 'Claude'],
    ['agentType', '-x'],
    ['agentType', 'a/b'],
    ['agentType', 'a'.repeat(51)],
  ])('is refused for its %s %j, by one message that names it', async (field, value) => {
    const problems = await problemsOf(CreateTaskDto, { ...minimal, [field]: value });
    expect(problems).toEqual([
      { field, message: expect.stringMatching(new RegExp(`^${field} (?!null)\\w+`)) },
    ]);
  });

  it('says how much too long a text is', async () =>
    expect(await problemsOf(CreateTaskDto, { ...minimal, title: 'x'.repeat(201) })).toEqual([
      { field: 'title', message: 'title must have at most 200 characters, not 201' },
    ]));

  it('may have no field that is unknown: a misspelt one would do nothing in silence', async () =>
    expect(await problemsOf(CreateTaskDto, { ...minimal, branch: 'x', Title: 'y' })).toEqual([
      { field: 'branch', message: 'branch is not a field of this request' },
      { field: 'Title', message: 'Title is not a field of this request' },
    ]));

  it.each([[[]], [[minimal]], ['text'], [5], [true]])('is an object: %j is none', async (body) => {
    expect(await problemsOf(CreateTaskDto, body)).not.toEqual([]);
  });

  it('does not reach the prototype of anything', async () => {
    const body: unknown = JSON.parse(`{"task":"x","repoRemote":"y","__proto__":{"polluted":1}}`);
    await read(CreateTaskDto, body).catch(() => undefined);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('bodies that may be left out', () => {
  it.each([undefined, null, {}])('%j is an empty one', async (body) => {
    expect(await read(KillTaskDto, body)).toEqual({});
    expect(await read(RequestSessionDto, body)).toEqual({});
  });

  it('keepBranch is true or false and nothing like it', async () => {
    expect(await read(KillTaskDto, { keepBranch: true })).toEqual({ keepBranch: true });
    for (const keepBranch of ['true', 1, 'no', {}]) {
      expect(await problemsOf(KillTaskDto, { keepBranch })).toEqual([
        { field: 'keepBranch', message: 'keepBranch must be true or false' },
      ]);
    }
  });

  it('a session may have a prompt and an agent of its own', async () => {
    const asked = { agentType: 'codex', prompt: '' };
    expect(await read(RequestSessionDto, asked)).toEqual(asked);
    expect(await problemsOf(RequestSessionDto, { agentType: '../x', prompt: 'a\0' })).toHaveLength(2);
  });
});
