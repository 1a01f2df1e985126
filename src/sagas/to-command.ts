import type { CommandContext } from '../commands/command-context.js';
import { CreateSandbox } from './stages/create-sandbox.command.js';
import { CreateSession } from './stages/create-session.command.js';
import { DestroySandbox } from './stages/destroy-sandbox.command.js';
import { EnsureAgent } from './stages/ensure-agent.command.js';
import { EnsureName } from './stages/ensure-name.command.js';
import { OpenSession } from './stages/open-session.command.js';
import { ReleaseSandbox } from './stages/release-sandbox.command.js';
import type { StageCommand } from './stages/stage-command.js';
import type { Stage } from '../events/task/vocabulary.js';
import type { NextCommand } from './react.js';

const COMMAND_OF_STAGE: Record<
  Stage,
  new (taskId: string, attempt: number, context: CommandContext, stop: AbortSignal) => StageCommand
> = {
  ensure_name: EnsureName,
  create_sandbox: CreateSandbox,
  ensure_agent: EnsureAgent,
  create_session: CreateSession,
  release_sandbox: ReleaseSandbox,
  destroy_sandbox: DestroySandbox,
};

/** The bus command for what the saga wants done. */
export function toCommand(
  next: NextCommand,
  taskId: string,
  context: CommandContext,
  stop: AbortSignal,
): StageCommand {
  return next.type === 'OpenSession'
    ? new OpenSession(taskId, next.sessionId, next.attempt, context, stop)
    : new COMMAND_OF_STAGE[next.stage](taskId, next.attempt, context, stop);
}
