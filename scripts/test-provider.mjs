/**
 * Holds a module of one's own, which exports `createProvider`, to the contract that every provider keeps.
 *   npm run test:provider -- path/to/provider.mjs
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { moduleProvider, providerContract } from '../packages/provider-contract/dist/index.js';

const [file] = process.argv.slice(2);
if (file === undefined || !existsSync(file)) {
  console.error(
    `${file ?? 'nothing'}: give the file of a provider, as in: npm run test:provider -- path/to/provider.mjs`,
  );
  process.exit(2);
}
const contract = providerContract(moduleProvider(resolve(file)));
for (const { name, run } of contract.cases) test(name, run);
after(() => contract.end());
