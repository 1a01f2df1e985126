import { StageCommand } from './stage-command.js';

/** Gives the task its title and reserves its branch. */
export class EnsureName extends StageCommand {}
