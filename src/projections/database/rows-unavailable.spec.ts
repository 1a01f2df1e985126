import { describe, expect, it } from '@jest/globals';
import { explained, RowsUnavailableError } from './rows-unavailable.js';

const error = (code: string | undefined, message = 'something') =>
  Object.assign(new Error(message), { code });
const ours = () => Promise.resolve(true);
const anothers = () => Promise.resolve(false);
const codeOf = (explanation: unknown) =>
  explanation instanceof RowsUnavailableError
    ? (explanation.getResponse() as { code: string }).code
    : explanation;

describe('an error of PostgreSQL', () => {
  it.each([
    ['a refused connection', error('ECONNREFUSED')],
    ['a server that shuts down', error('57P01')],
    ['too many connections', error('53300')],
    ['a connection that was lost', error(undefined, 'Connection terminated unexpectedly')],
    ['a connection without an answer', error(undefined, 'Query read timeout')],
    ['a pool that gets no connection', error(undefined, 'timeout exceeded when trying to connect')],
  ])('that says %s means that it is away', async (_, cause) =>
    expect(codeOf(await explained(cause, ours))).toBe('rows_unavailable'),
  );

  it('that says that a statement took too long means just that', async () =>
    expect(codeOf(await explained(error('57014'), ours))).toBe('rows_slow'));

  it.each(['42P01', '42703'])('that says that something is missing (%s) is a bug of ours', async (code) => {
    const cause = error(code);
    expect(await explained(cause, ours)).toBe(cause);
  });

  it.each(['42P01', '42703'])('but not while rows are of another version (%s)', async (code) =>
    expect(codeOf(await explained(error(code), anothers))).toBe('rows_rebuilding'),
  );

  it.each([
    error('42601', 'syntax error'),
    error('22P02', 'invalid input syntax'),
    error(undefined, 'Cannot read properties of undefined (reading "timeout of the pool")'),
  ])('that is none of these is a bug of ours: %s', async (cause) =>
    expect(await explained(cause, ours)).toBe(cause),
  );
});
