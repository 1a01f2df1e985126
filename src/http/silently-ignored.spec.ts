import { describe, expect, it, jest } from '@jest/globals';
import type { Request, Response } from 'express';
import { InvalidRequestError } from '../commands/command-refused.js';
import { readableRequest, RequestUnreadableError } from './readable-request.js';
import { NO_FIELDS } from './validation.js';

const address = (method: string, url: string) => () =>
  readableRequest()[0]!({ method, url } as Request, {} as Response, jest.fn());

/** Before, `POST …/kill?keepBranch=true` answered 202 and gave up all work, and so with fields in a body that is not read. */
describe('what a write would ignore', () => {
  it('is refused in the query, whatever its name', () => {
    expect(address('POST', '/v1/tasks/1/kill?keepBranch=true')).toThrow(RequestUnreadableError);
    expect(address('POST', '/v1/tasks/1/kill?keepBranch=true')).toThrow(/"keepBranch" is no query parameter/);
    for (const method of ['PATCH', 'PUT'])
      expect(address(method, '/v1/tasks/1?permissionPolicy=deny')).toThrow(/is no query parameter/);
    expect(address('POST', '/v1/tasks/1/kill')).not.toThrow();
    expect(address('POST', '/v1/tasks/1/kill?')).not.toThrow();
    expect(address('GET', '/v1/tasks?limit=5')).not.toThrow();
  });

  it('is refused in the body of a request that has none', () => {
    const read = (body?: object) => () => void NO_FIELDS.transform(body, { type: 'body' });
    expect(read({ keepBranch: true })).toThrow(InvalidRequestError);
    expect(read({ keepBranch: true })).toThrow('keepBranch is not a field of this request');
    expect(read({})).not.toThrow();
    expect(read(undefined)).not.toThrow();
  });
});
