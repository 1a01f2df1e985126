import { Command } from 'commander';
import { findService } from '../find-service.js';
import { dataDirOf } from '../global-options.js';
import { streams } from '../output.js';
import { chosenSession, withSession } from '../sessions/chosen-session.js';
import { Chat } from './chat.js';

/** `slipway chat <taskId>`: the conversation in the terminal. */
export function chatCommand(): Command {
  const chat = withSession(new Command('chat'))
    .argument('<taskId>')
    .addHelpText(
      'after',
      `
What you type is asked, a line a prompt; it waits while the agent works. A question of the agent is answered with the
key of its option. Ctrl-C stops what the agent is doing, a second one leaves; the agent goes on without you. Ctrl-D leaves.
What is typed into a pipe is asked line by line, and the end of it is waited for.
Exit code: 1 when the session is over, else 0.

Examples:
  slipway chat 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e
  echo 'and now the tests' | slipway chat 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e`,
    );
  return chat.action(async (taskId: string, { session }: { session?: string }) => {
    const client = await findService(dataDirOf(chat));
    const { sessionId } = await chosenSession(client, taskId, session);
    const talk = new Chat(client, { taskId, sessionId }, { input: process.stdin, output: streams.out });
    process.exitCode = await talk.run();
  });
}
