import { describe, expect, it } from '@jest/globals';
import {
  LONGEST_VALUE,
  MOST_ENV_BYTES,
  MOST_VARIABLES,
  variableNameProblem,
  variablesProblem,
  variableValueProblem,
} from './env-variables.js';

describe('a variable for sandboxes', () => {
  it.each([
    'DATABASE_URL',
    'a',
    '_x',
    'NPM_CONFIG_REGISTRY',
    'HTTPS_PROXY',
    'GITHUB_TOKEN',
    'LDAP_HOST',
    'LANG',
  ])('can be called %s', (name) => expect(variableNameProblem(name)).toBeNull());
  it.each([
    ...['PATH', 'path', 'HOME', 'IFS', 'ENV', 'BASH_ENV', 'NODE_OPTIONS', 'LD_PRELOAD', 'ld_library_path'],
    ...['GIT_SSH_COMMAND', 'GIT_DIR', 'SLIPWAY_SANDBOX', 'SANDBOX_AGENT_LOG_STDOUT', 'DYLD_INSERT_LIBRARIES'],
    ...['BASH_FUNC_ls', 'SSH_AUTH_SOCK', 'TMPDIR', 'PROMPT_COMMAND', 'PS4'],
  ])('is not called %s', (name) => expect(variableNameProblem(name)).toContain('cannot be set'));
  it.each(['', '1A', 'A-B', 'A B', 'A=B', 'A\n', 'ä', 'A;id', '$(id)', 'BASH_FUNC_ls%%'])(
    'has a name that is one: %j',
    (name) => expect(variableNameProblem(name)).toContain('is no name'),
  );
  it('has a name and a value that are not too long', () => {
    expect(variableNameProblem('A'.repeat(101))).toContain('longer than 100');
    expect(variableValueProblem('x'.repeat(LONGEST_VALUE))).toBeNull();
    expect(variableValueProblem('x'.repeat(LONGEST_VALUE + 1))).toContain('at most');
  });
  it('has a value of text, lines and all', () => {
    expect(variableValueProblem('')).toBeNull();
    expect(variableValueProblem('-----BEGIN\na\\n\r\n"\'`$(id)')).toBeNull();
    for (const value of [1, true, {}, [], undefined, 'a\0', '\ud800'])
      expect(variableValueProblem(value)).not.toBeNull();
  });
  it('is one of not too many', () => {
    const many = (count: number, value = 'x') =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`A${n}`, value]));
    expect(variablesProblem(many(MOST_VARIABLES))).toBeNull();
    expect(variablesProblem(many(MOST_VARIABLES + 1))).toContain('at most 64');
    expect(variablesProblem(many(5, 'ü'.repeat(MOST_ENV_BYTES / 8)))).toContain('bytes');
  });
});
