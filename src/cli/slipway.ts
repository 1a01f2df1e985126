#!/usr/bin/env node
import { loadProgram } from '../app/load-program.js';

/** `slipway`; what it does is in `cli.ts`. */
await loadProgram('cli/cli');
