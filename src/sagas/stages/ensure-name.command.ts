import { StageCommand } from '../stage/stage-command.js';

/** Gives the task its title and reserves its branch. */
export class EnsureName extends StageCommand {}
