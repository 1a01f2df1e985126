import { StageCommand } from '../stage/stage-command.js';

/** Finds the task's sandbox, or makes it. */
export class CreateSandbox extends StageCommand {}
