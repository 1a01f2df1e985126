/**
 * Runs the contract that every provider keeps against a module of one's own, which exports `createProvider`.
 *   npm run test:provider -- path/to/provider.mjs [more arguments of jest]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [file, ...args] = process.argv.slice(2);
if (file === undefined || !existsSync(file)) {
  console.error(
    `${file ?? 'nothing'}: give the file of a provider, as in: npm run test:provider -- path/to/provider.mjs`,
  );
  process.exit(2);
}
const module = resolve(file);
const root = fileURLToPath(new URL('..', import.meta.url));
const jest = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  ...['test/contract/providers/provider-contract.spec.ts', '--selectProjects', 'system'],
  // Of that module alone.
  ...['-t', `the ${module.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} provider`],
];
const child = spawn(process.execPath, [...jest, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PROVIDER_MODULE: module },
});
child.once('exit', (code) => process.exit(code ?? 1));
