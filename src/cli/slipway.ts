#!/usr/bin/env node
import { loadProgram } from '../load-program.js';

/** `slipway`; what it does is in `cli.ts`. */
await loadProgram('replay/cli');
