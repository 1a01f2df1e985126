import { StageCommand } from './stage-command.js';

/** Destroys the sandbox with its processes and files. */
export class DestroySandbox extends StageCommand {}
