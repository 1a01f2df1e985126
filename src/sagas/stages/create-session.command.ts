import { StageCommand } from './stage-command.js';

/** Finds the task's first session, or opens it with the prompt. */
export class CreateSession extends StageCommand {}
