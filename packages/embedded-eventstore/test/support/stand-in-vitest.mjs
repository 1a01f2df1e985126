/**
 * `node --import <this> --test <file>`: what `vitest` would be to a test file, made of node:test, for the example alone:
 * Vitest itself is not among our packages. What the global setup provides comes in PROVIDED, as JSON.
 */
import { deepStrictEqual } from 'node:assert';
import { register } from 'node:module';
import * as nodeTest from 'node:test';

globalThis.standInForVitest = {
  afterAll: nodeTest.after,
  beforeAll: nodeTest.before,
  describe: nodeTest.describe,
  it: nodeTest.it,
  expect: (found) => ({ toEqual: (wanted) => deepStrictEqual(found, wanted) }),
  inject: (key) => JSON.parse(process.env.PROVIDED)[key],
};
const names = Object.keys(globalThis.standInForVitest).join(', ');
const module = `export const { ${names} } = globalThis.standInForVitest;`;
const url = `data:text/javascript,${encodeURIComponent(module)}`;
const hooks = `export const resolve = (specifier, context, next) =>
  specifier === 'vitest' ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
