import { expect, it } from '@jest/globals';
import { Value } from '@sinclair/typebox/value';
import { randomUUID } from 'node:crypto';
import { AGENT_TYPE, isPosition, isUuid, Position, Uuid, whole, WORKSPACE_ID } from './text-rules.js';

const ID = '7b0f7f2e-5a55-4a55-9a55-0123456789ab';

it.each([
  [ID, true],
  [randomUUID(), true],
  [ID.toUpperCase(), false],
  [`${ID}\n`, false],
  [` ${ID}`, false],
  [`../${ID}`, false],
  [ID.replaceAll('-', ''), false],
  ['', false],
])('%j is a UUID: %s', (text, is) => {
  expect(isUuid(text)).toBe(is);
  expect(Value.Check(Uuid, text)).toBe(is);
});

it.each([
  ['0', true],
  ['9223372036854775807', true],
  ['9223372036854775808', false],
  ['-1', false],
  ['1.5', false],
  ['0x10', false],
  ['', false],
  [7, false],
  [null, false],
])('%j is a position: %s', (value, is) => {
  expect(isPosition(value)).toBe(is);
  expect(Value.Check(Position, value)).toBe(is);
});

it('the others take the whole text or none of it', () => {
  const [workspace, agent] = [WORKSPACE_ID, AGENT_TYPE].map((pattern) => new RegExp(whole(pattern)));
  for (const good of ['default', 'acme.labs-1', 'A', 'x'.repeat(100)]) expect(good).toMatch(workspace!);
  for (const bad of ['', '.', '-x', 'a/b', 'a\n', 'x'.repeat(101)]) expect(bad).not.toMatch(workspace!);
  for (const good of ['mock', 'claude', 'x'.repeat(50)]) expect(good).toMatch(agent!);
  for (const bad of ['', 'Claude', '-x', 'a b', 'a\n', 'x'.repeat(51)]) expect(bad).not.toMatch(agent!);
});
