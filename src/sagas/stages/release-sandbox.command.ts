import { StageCommand } from './stage-command.js';

/** Stops the sandbox's processes and keeps its files. */
export class ReleaseSandbox extends StageCommand {}
