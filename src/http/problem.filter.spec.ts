import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  BadRequestException,
  NotFoundException,
  ServiceUnavailableException,
  type ArgumentsHost,
} from '@nestjs/common';
import { pino } from 'pino';
import { CommandRefusedError, InvalidRequestError } from '../commands/command-refused.js';
import { TooBusyError } from '../commands/turns.js';
import { UndecodableEventError } from '../events/codec.js';
import {
  EventStoreFullError,
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../store/event-store.js';
import { ProblemFilter } from './problem.filter.js';

const logged: string[] = [];
const filter = new ProblemFilter(pino({ level: 'error' }, { write: (line: string) => logged.push(line) }), {
  note: () => undefined,
});
beforeEach(() => void logged.splice(0));

/** What a caller gets for the error. */
function answer(error: unknown, headersSent = false) {
  const sent = { status: 0, type: '', headers: {} as Record<string, unknown>, body: '', ended: false };
  const response = {
    headersSent,
    setHeader: (name: string, value: unknown) => void (sent.headers[name] = value),
    status: (status: number) => ((sent.status = status), response),
    type: (type: string) => ((sent.type = type), response),
    send: (body: string) => void (sent.body = body),
    end: jest.fn(() => void (sent.ended = true)),
  };
  const http = { getResponse: () => response, getRequest: () => ({ method: 'GET', url: '/v1/tasks' }) };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  filter.catch(error, host);
  return {
    ...sent,
    problem: sent.body === '' ? undefined : (JSON.parse(sent.body) as Record<string, unknown>),
  };
}

describe('an error', () => {
  it.each([
    [new InvalidRequestError([{ field: 'task', message: 'task is missing' }]), 400, 'task is missing'],
    [
      new InvalidRequestError([{ field: 'k', message: 'used already' }], 'idempotency_key_reused'),
      422,
      'used already',
    ],
    [new CommandRefusedError('task_not_found', 'There is no such task.'), 404, 'no such task'],
    [new CommandRefusedError('not_retryable', 'The task is running.'), 409, 'is running'],
    [new EventStoreUnavailableError('connection lost'), 503, 'Repeat the request'],
    [new EventStoreFullError('no room on the disk'), 503, 'no room on the disk'],
    [new EventStoreRefusedError('disk full'), 503, 'disk full'],
    [new WrongExpectedRevisionError('task-1', 7n), 503, 'Repeat the request'],
    [new TooBusyError('others wait'), 503, 'Repeat the request'],
    [new UndecodableEventError('TaskNamed at task-1@3: title'), 500, 'TaskNamed at task-1@3'],
    [new NotFoundException('Cannot GET /v1/nothing'), 404, 'Cannot GET /v1/nothing'],
    [new BadRequestException(), 400, 'Bad Request'],
    [Object.assign(new Error('request entity too large'), { status: 413 }), 413, '1048576 bytes'],
    [Object.assign(new SyntaxError('Unexpected token'), { status: 400 }), 400, 'Unexpected token'],
  ])('%s becomes a problem', (error, status, detail) => {
    const { type, problem, ...sent } = answer(error);
    expect(sent.status).toBe(status);
    expect(type).toBe('application/problem+json');
    expect(problem).toMatchObject({ type: 'about:blank', status, title: expect.stringMatching(/\w/) });
    expect(problem!.detail).toContain(detail);
  });

  it.each([
    [new Error('password=hunter2 at /srv/secret.ts')],
    ['a string with hunter2'],
    [undefined],
    [Object.assign(new Error('hunter2'), { status: 500 })],
    [Object.assign(new Error('hunter2'), { status: 'broken' })],
  ])('that nobody planned shows nothing of itself, but is logged (%#)', (error) => {
    const { status, body } = answer(error);
    expect(status).toBe(500);
    expect(body).not.toContain('hunter2');
    expect(logged).toHaveLength(1);
  });

  it('that the caller made is not logged', () => {
    answer(new InvalidRequestError([{ field: 'task', message: 'task is missing' }]));
    answer(new NotFoundException());
    expect(logged).toEqual([]);
  });

  it('that says that something has to be waited for is not logged either', () => {
    const { status, problem } = answer(
      new ServiceUnavailableException({ code: 'rows_behind', detail: 'Not yet.', retryAfter: 1 }),
    );
    expect(status).toBe(503);
    expect(problem).toMatchObject({ code: 'rows_behind', detail: 'Not yet.' });
    expect(answer(new TooBusyError('500 others wait')).problem).toMatchObject({ code: 'task_too_busy' });
    expect(logged).toEqual([]);
  });

  it('names each field that is wrong', () => {
    const problems = [
      { field: 'task', message: 'task is missing' },
      { field: 'title', message: 'title is too long' },
    ];
    expect(answer(new InvalidRequestError(problems)).problem).toMatchObject({
      errors: problems,
      detail: 'task is missing; title is too long',
    });
  });

  it('of the store says when to come again', () => {
    for (const error of [
      new EventStoreUnavailableError('away'),
      new EventStoreRefusedError('disk full'),
      new WrongExpectedRevisionError('task-1', 7n),
      new TooBusyError('others wait'),
    ]) {
      expect(answer(error).headers['Retry-After']).toBeGreaterThan(0);
    }
    expect(answer(new NotFoundException()).headers).toEqual({});
  });

  it('carries a word for programs where a command was refused', () =>
    expect(answer(new CommandRefusedError('not_archivable', 'No.')).problem).toMatchObject({
      code: 'not_archivable',
    }));

  it('in the middle of an answer ends it', () => {
    expect(answer(new Error('late'), true)).toMatchObject({ ended: true, status: 0 });
  });
});
