import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ProviderError } from '../../events/provider-error.js';
import type { AcpConnection } from './acp-connection.js';
import { withAgentProcess } from './agent-process.js';
import { choicesOf } from './session-choices.js';
import type { SandboxProcesses } from './sandbox-host.js';
import type { SessionRecord } from './session-record.js';
import { REQUEST } from './acp-replies.js';

const Opened = Type.Object({ sessionId: Type.String({ minLength: 1, maxLength: 200 }) });
const Ability = Type.Object({ agentCapabilities: Type.Object({ loadSession: Type.Literal(true) }) });
const Resume = Type.Object({
  agentCapabilities: Type.Object({ sessionCapabilities: Type.Object({ resume: Type.Object({}) }) }),
});

/** What a record remembers of the agent's answers. */
export type Greeting = Required<Pick<SessionRecord, 'abilities'>>;
export type Offer = Required<Pick<SessionRecord, 'choices' | 'options'>>;

/** Starts an agent process and begins to speak to it. We have no files and no terminals for agents: they have their own. */
export async function greet(
  connection: AcpConnection,
  processes: SandboxProcesses,
  signal: AbortSignal,
): Promise<Greeting & Pick<SessionRecord, 'process'>> {
  const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
  const hello = { protocolVersion: 1, clientCapabilities };
  const { started, process } = await withAgentProcess(processes, () =>
    connection.request(REQUEST.initialize, 'initialize', hello, signal),
  );
  return { ...greetingOf(started), process };
}

function greetingOf(reply: unknown): Greeting {
  return { abilities: { load: Value.Check(Ability, reply), resume: Value.Check(Resume, reply) } };
}

/** Opens a session that knows nothing yet, in the folder. */
export async function openNew(
  connection: AcpConnection,
  cwd: string,
  signal: AbortSignal,
): Promise<Offer & { agentSessionId: string }> {
  return openedBy(await connection.request(REQUEST.open, 'session/new', { cwd, mcpServers: [] }, signal));
}

/** @throws ProviderError when the reply has no session */
function openedBy(reply: unknown): Offer & { agentSessionId: string } {
  if (Value.Check(Opened, reply)) return { ...offerOf(reply), agentSessionId: reply.sessionId };
  throw new ProviderError('agent_reply_invalid', 'The agent opened a session without a name.', {
    retryable: true,
  });
}

export function offerOf(reply: unknown): Offer {
  const { choices, options } = choicesOf(reply);
  return { choices: { ...choices, modes: [...choices.modes], models: [...choices.models] }, options };
}
