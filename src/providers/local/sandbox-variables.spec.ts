import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { NOT_ARRIVED, TAKE_VARIABLES, variableLines } from './sandbox-variables.js';

const HARD = {
  A: '',
  B: ' two  words ',
  C: '-n',
  D: 'a\nb\n\n',
  E: '\\n \\\\ \\c \\0101 %s %b',
  F: '$(touch /tmp/x) `id` "\' ; & | > $HOME',
  G: 'größe ✓ 😀',
  H: '=a=b==',
  I: '.',
  J: '\t\r\x1b[31m',
  token: 'mine',
  line: 'l',
  value: 'v',
};
const given = (shell: string, input: string) =>
  spawnSync(shell, ['-c', `${TAKE_VARIABLES}\nexec env -0`], { input, env: { PATH: process.env['PATH']! } });
const shells = ['/bin/sh', '/bin/bash', '/bin/dash'].filter((shell) => existsSync(shell));

describe.each(shells)('variables that %s takes', (shell) => {
  it('are what was given, whatever is in them', () => {
    const { stdout, status } = given(shell, variableLines(HARD));
    expect(status).toBe(0);
    const taken = Object.fromEntries(
      stdout
        .toString()
        .split('\0')
        .filter(Boolean)
        .map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    );
    expect(taken).toMatchObject(HARD);
    expect(Object.keys(taken).filter((name) => name.startsWith('slipway'))).toEqual([]);
  });
  it('are all of them or the shell ends before anything is run', () => {
    const whole = variableLines(HARD);
    for (const cut of ['', whole.slice(0, -2), whole.slice(0, 20), 'A=1\n'])
      expect(given(shell, cut)).toMatchObject({ status: NOT_ARRIVED, stdout: Buffer.alloc(0) });
  });
});

it('of a name that is refused are left out, wherever they came from', () =>
  expect(variableLines({ PATH: '/evil', 'A;id': 'x', B: 'b' })).toBe('B=b\n.\n'));
