import { StageCommand } from './stage-command.js';

/** Makes sure that the sandbox's agent server runs and knows the agent. */
export class EnsureAgent extends StageCommand {}
