import { StageCommand } from './stage-command.js';

/** Finds the task's sandbox, or makes it. */
export class CreateSandbox extends StageCommand {}
