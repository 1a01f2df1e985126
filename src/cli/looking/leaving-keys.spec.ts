import { describe, expect, it } from '@jest/globals';
import { leavingKeys } from './leaving-keys.js';

function typing(...keys: string[]) {
  let typed = '';
  let hasLeft = false;
  const press = leavingKeys({ type: (text) => (typed += text), leave: () => (hasLeft = true) });
  keys.forEach(press);
  return { typed, hasLeft };
}

describe('"~." at the beginning of a line', () => {
  it.each([
    [['~', '.'], '', true],
    [['ls\r~.'], 'ls\r', true],
    [['l', 's', '\r', '~', '.'], 'ls\r', true],
    [['echo ~.\r'], 'echo ~.\r', false],
    [['~~.'], '~.', false],
    [['~', 'x\r'], '~x\r', false],
    [['~\r~.'], '~\r', true],
  ])('leaves: %j', (keys, typed, hasLeft) => {
    expect(typing(...keys)).toEqual({ typed, hasLeft });
  });
});
