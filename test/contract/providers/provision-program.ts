/** Provisions one task with the local provider and says each stage on stdout, for tests that kill it meanwhile. */
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';

const [dataDir = '', root = '', specJson = ''] = process.argv.slice(2);
const provider = createLocalProvider({ dataDir, localRoots: [root] });
const signal = new AbortController().signal;
const spec = JSON.parse(specJson) as Parameters<typeof provider.createSandbox>[0] &
  Parameters<typeof provider.createSession>[0];

console.log('started');
await provider.createSandbox(spec, signal);
console.log('create_sandbox');
await provider.ensureAgent(spec, signal);
console.log('ensure_agent');
await provider.createSession(spec, signal);
console.log('create_session');
// Alive until it is killed.
setInterval(() => undefined, 1_000_000);
