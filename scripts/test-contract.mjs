/**
 * Runs the contract of the event store against a server: the embedded node, or the one that --url names.
 *   npm run test:contract
 *   npm run test:contract -- --url esdb://127.0.0.1:2113?tls=false [-t <part of a test's name>]
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const at = args.indexOf('--url');
const [, url] = at < 0 ? [] : args.splice(at, 2);
if (at >= 0 && !/^esdb(\+discover)?:\/\//.test(url ?? '')) {
  console.error('--url wants a connection string: esdb://<host>:<port>?tls=false');
  process.exit(2);
}
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    'packages/embedded-eventstore/test/contract',
    '--selectProjects',
    'system',
    // A server that all files share must not be restarted, or have its groups counted, by one under another.
    ...(url ? ['--runInBand'] : []),
    ...args,
  ],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: url ? { ...process.env, EVENTSTORE_URL: url } : process.env,
  },
);
child.once('exit', (code) => process.exit(code ?? 1));
