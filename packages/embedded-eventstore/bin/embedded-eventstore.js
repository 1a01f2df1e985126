#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// What Node compiles is kept beside the code where Node can (from 22.8 on): the next start is faster.
module.enableCompileCache?.(fileURLToPath(new URL('../dist/.compiled', import.meta.url)));
await import('../dist/bin.js');
