import { setFlagsFromString } from 'node:v8';
import { complaintAboutNode } from './app/node-version.js';

/** Old garbage is collected when the heap has grown by so much, rather than by a multiple: a third less memory under load. */
setFlagsFromString('--heap-growing-percent=80');

// A Node that is too old cannot even load the rest, so the rest comes after the question.
const complaint = complaintAboutNode(process.versions.node);
if (complaint === undefined) {
  const { loadProgram } = await import('./app/load-program.js');
  const { program, keepCompiled } =
    await loadProgram<typeof import('./app/run-service.js')>('app/run-service');
  await program.runService();
  keepCompiled();
} else {
  console.error(`slipway: ${complaint}`);
  process.exitCode = 1;
}
