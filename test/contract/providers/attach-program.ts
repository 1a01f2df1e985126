/** Attaches to a session of the local provider and prints its events, a JSON text a line, for tests that kill it. */
import { createLocalProvider } from '../../../src/providers/local/local-provider.js';

const [dataDir = '', specJson = '', after = '0'] = process.argv.slice(2);
const provider = createLocalProvider({ dataDir, localRoots: [] });
const signal = new AbortController().signal;
const spec = JSON.parse(specJson) as object;
const attach = { ...spec, recap: async () => '' } as Parameters<
  NonNullable<typeof provider.attachSession>
>[0];
const channel = await provider.attachSession(attach, { start: false }, signal);
console.log(JSON.stringify({ type: 'attached', instance: channel?.instance }));
for await (const event of channel!.events(Number(after), signal)) console.log(JSON.stringify(event));
