// `npm run slipway` in a checkout: the command line of the build, or what to do when there is none.
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/slipway.js', import.meta.url);
if (!existsSync(program)) {
  console.error('slipway: there is no build yet. Make one with: npm run build');
  process.exit(1);
}
await import(program);
