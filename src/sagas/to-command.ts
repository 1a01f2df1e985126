import type { CommandContext } from '../commands/command-context.js';
import { CreateSandbox } from '../commands/create-sandbox/create-sandbox.command.js';
import { CreateSession } from '../commands/create-session/create-session.command.js';
import { DestroySandbox } from '../commands/destroy-sandbox/destroy-sandbox.command.js';
import { EnsureAgent } from '../commands/ensure-agent/ensure-agent.command.js';
import { EnsureName } from '../commands/ensure-name/ensure-name.command.js';
import { OpenSession } from '../commands/open-session/open-session.command.js';
import { ReleaseSandbox } from '../commands/release-sandbox/release-sandbox.command.js';
import type { StageCommand } from '../commands/stage/stage-command.js';
import type { Stage } from '../events/vocabulary.js';
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
