import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SlipwayClient } from '../../src/slipway-client.js';
import { SlipwayError } from '../../src/slipway-error.js';

/** What a server may answer, Slipway or not. */
describe('calls', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));
  let client: SlipwayClient;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new SlipwayClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/` });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const answers = (status: number, body: string, headers: Record<string, string> = {}) => {
    answer = (_, response) => response.writeHead(status, headers).end(body);
  };
  const failure = async (work: Promise<unknown>): Promise<SlipwayError> => {
    const error = await work.then(
      () => new Error('it was no failure'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SlipwayError);
    return error as SlipwayError;
  };

  it('gives a problem as an error with its code, status, fields and when to ask again', async () => {
    const errors = [{ field: 'task', message: 'must be text' }];
    const problem = {
      title: 'Not valid',
      status: 400,
      detail: 'task must be text',
      code: 'invalid_request',
      errors,
    };
    answers(400, JSON.stringify(problem), { 'content-type': 'application/problem+json', 'retry-after': '2' });
    expect(await failure(client.getTask('x'))).toMatchObject({
      name: 'SlipwayError',
      message: 'task must be text',
      detail: 'task must be text',
      title: 'Not valid',
      code: 'invalid_request',
      status: 400,
      fields: errors,
      retryAfterMs: 2_000,
    });
  });

  it.each([
    ['<h1>Bad gateway</h1>', 'GET /v1/tasks/x was answered with 502'],
    ['', 'GET /v1/tasks/x was answered with 502'],
    ['{"detail":7,"code":[],"errors":"x"}', 'GET /v1/tasks/x was answered with 502'],
  ])('makes sense of an error that is none of Slipway: %s', async (body, detail) => {
    answers(502, body);
    expect(await failure(client.getTask('x'))).toMatchObject({
      code: 'unreadable_answer',
      status: 502,
      detail,
      fields: [],
      retryAfterMs: undefined,
    });
  });

  it.each(['<h1>Hello</h1>', '', '"text"', 'null'])(
    'says so when an answer is none of Slipway: %s',
    async (body) => {
      answers(200, body);
      const { code, detail } = await failure(client.getTask('x'));
      expect({ code, detail }).toEqual({
        code: 'unreadable_answer',
        detail: expect.stringMatching(
          /^The answer to GET \/v1\/tasks\/x cannot be read .*Is there a Slipway/,
        ),
      });
    },
  );

  it('says so when the connection ends in the middle of an answer', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":');
      setImmediate(() => response.destroy());
    };
    expect(await failure(client.getTask('x'))).toMatchObject({ code: 'unreadable_answer' });
  });

  it('says so when nobody is there, and when nobody answers in time', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const nobody = new SlipwayClient({ url: `http://127.0.0.1:${(gone.address() as AddressInfo).port}` });
    await new Promise((resolve) => gone.close(resolve));
    expect(await failure(nobody.listTasks())).toMatchObject({
      code: 'unreachable',
      status: 0,
      message: expect.stringMatching(
        /^The service at http:\/\/127\.0\.0\.1:\d+ does not answer \(connect ECONNREFUSED .*Is it running\?$/,
      ),
    });
    answer = () => undefined;
    const hurried = new SlipwayClient({ url: client.url, timeoutMs: 50 });
    expect(await failure(hurried.listTasks())).toMatchObject({
      code: 'no_answer',
      message: 'GET /v1/tasks was not answered within 0.05 s.',
    });
  });

  it('rejects with the reason when the caller aborts, before or while it is asked', async () => {
    const reason = new Error('enough');
    await expect(client.listTasks({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    answer = () => abort.abort(reason);
    await expect(client.createTask({ task: 'x', repoRemote: 'y' }, { signal: abort.signal })).rejects.toBe(
      reason,
    );
  });

  it('sends what it is given, and nothing else', async () => {
    const asked: unknown[] = [];
    const giving = new SlipwayClient({ url: `${new URL(client.url).origin}/given/` });
    answer = (request, response) => {
      // What another test has given up waiting for may arrive only now.
      if (!request.url?.startsWith('/given/')) return;
      let body = '';
      request.on('data', (data) => (body += data));
      request.on('end', () => {
        const { 'idempotency-key': key, 'content-type': type } = request.headers;
        asked.push({ line: `${request.method} ${request.url}`, body, key, type });
        response.end('{"items":[],"next":null}');
      });
    };
    await giving.createTask({ task: 'x', repoRemote: 'y' }, { idempotencyKey: 'once' });
    await giving.listTasks({ status: ['error', 'running'], q: 'a&b', cursor: undefined, limit: 3 });
    await giving.getTask('../admin?x');
    await giving.retryTask('t');
    await giving.killTask('t', { keepBranch: true });
    await giving.requestSession('t', {}, { idempotencyKey: 's' });
    await giving.getTranscript('t', 's');
    expect(asked).toEqual([
      {
        line: 'POST /given/v1/tasks',
        body: '{"task":"x","repoRemote":"y"}',
        key: 'once',
        type: 'application/json',
      },
      { line: 'GET /given/v1/tasks?status=error,running&q=a%26b&limit=3', body: '' },
      { line: 'GET /given/v1/tasks/..%2Fadmin%3Fx', body: '' },
      { line: 'POST /given/v1/tasks/t/retry', body: '' },
      { line: 'POST /given/v1/tasks/t/kill', body: '{"keepBranch":true}', type: 'application/json' },
      { line: 'POST /given/v1/tasks/t/sessions', body: '{}', key: 's', type: 'application/json' },
      { line: 'GET /given/v1/tasks/t/sessions/s/messages', body: '' },
    ]);
  });

  it('reads page after page, and stops when it is told to', async () => {
    const asked: (string | null)[] = [];
    answer = (request, response) => {
      const cursor = new URL(request.url!, 'http://x').searchParams.get('cursor');
      asked.push(cursor);
      const page = Number(cursor ?? 0);
      response.end(
        JSON.stringify({
          items: [{ taskId: `${page}a` }, { taskId: `${page}b` }],
          next: page < 2 ? page + 1 : null,
        }),
      );
    };
    const ids: string[] = [];
    for await (const { taskId } of client.eachTask({ limit: 2 })) ids.push(taskId);
    expect(ids).toEqual(['0a', '0b', '1a', '1b', '2a', '2b']);
    for await (const { taskId } of client.eachTask()) if (taskId === '1a') break;
    expect(asked).toEqual([null, '1', '2', null, '1']);
  });

  it.each([
    ['nowhere', 'must be an http or https URL: nowhere'],
    ['ftp://example.com', 'must begin with http:// or https://'],
    ['http://me:secret@example.com', 'must hold no name or password'],
  ])('refuses the address %s', (url, says) => {
    expect(() => new SlipwayClient({ url })).toThrow(says);
    expect(() => new SlipwayClient({ url })).not.toThrow('secret');
  });
});
