import { PERMISSION_POLICIES } from '../../events/session/session-vocabulary.js';
import type { PermissionPolicy, Prompt, SlipwayClient } from '@slipway/client';
import { Command, Option } from 'commander';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printJson } from '../output.js';
import { chosenSession, withSession } from './chosen-session.js';
import { showPermissions, showPrompts, showSession, showSessions } from './show-session.js';
import { watchSession } from './watch-session.js';
import { waitForPrompt } from './wait-for-prompt.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';
const OTHER_ID = '0e2d6a5c-8a1e-4f43-9f0e-6a0f2b7c9d11';

interface Common {
  readonly session?: string;
  readonly json?: boolean;
}

const example = (...commands: string[]): string =>
  `\nExample${commands.length > 1 ? 's' : ''}:\n${commands.map((command) => `  slipway sessions ${command}`).join('\n')}`;

/** `slipway sessions …`: work in a task's sessions, from the command line. */
export function sessionsCommand(): Command {
  const sessions = new Command('sessions');
  const api = () => findService(dataDirOf(sessions));
  const about = (name: string) => withSession(withJson(sessions.command(name)));
  /** The service, and the session that is meant. */
  const at = async (taskId: string, { session }: Common) => {
    const client = await api();
    const { sessionId } = await chosenSession(client, taskId, session);
    return { client, sessionId };
  };

  withJson(sessions.command('list'))
    .description('list the sessions of a task, in the order in which they were asked for')
    .argument('<taskId>')
    .addHelpText('after', example(`list ${TASK_ID}`))
    .action(async (taskId: string, { json }: Common) => {
      const { items } = await (await api()).listSessions(taskId);
      if (json) return printJson(items);
      showSessions(items);
    });

  about('show')
    .description('show a session, what was asked in it, and what its agent asks')
    .argument('<taskId>')
    .addHelpText('after', example(`show ${TASK_ID}`))
    .action(async (taskId: string, o: Common) => {
      const { client, sessionId } = await at(taskId, o);
      const [session, { items: prompts }, { items: permissions }] = await Promise.all([
        client.getSession(taskId, sessionId),
        client.listPrompts(taskId, sessionId),
        client.listPermissions(taskId, sessionId, { state: 'pending' }),
      ]);
      if (o.json) return printJson({ ...session, prompts, permissions });
      showSession(session);
      if (prompts.length > 0) print();
      if (prompts.length > 0) showPrompts(prompts);
      if (permissions.length > 0) print();
      showPermissions(permissions);
    });

  about('prompt')
    .description('ask the agent something, at any time: prompts wait, and are sent one after the other')
    .argument('<taskId>')
    .argument('<text>')
    .option('--key <key>', 'idempotency key: the same key is the same prompt')
    .option('--wait', 'wait until the agent has worked on it')
    .addHelpText(
      'after',
      `
Prints the prompt's id first. Exit code with --wait: 0 when it is done, else 1.
${example(`prompt ${TASK_ID} 'and now the tests'`, `prompt ${TASK_ID} 'and now the tests' --key tests --wait`)}`,
    )
    .action(async (taskId: string, text: string, o: Common & { key?: string; wait?: boolean }) => {
      const { client, sessionId } = await at(taskId, o);
      const asked = await client.queuePrompt(taskId, sessionId, text, { idempotencyKey: o.key });
      if (!o.json || !o.wait) showPrompt(asked, o.json);
      if (!o.wait) return;
      const prompt = await waitForPrompt(client, taskId, sessionId, asked.promptId);
      showPrompt(prompt, o.json);
      if (prompt.state !== 'done') process.exitCode = 1;
    });

  about('prompts')
    .description('list what was asked, oldest first: all that is not over, and the latest of what is')
    .argument('<taskId>')
    .addHelpText('after', example(`prompts ${TASK_ID}`))
    .action(async (taskId: string, o: Common) => {
      const { client, sessionId } = await at(taskId, o);
      const { items } = await client.listPrompts(taskId, sessionId);
      if (o.json) return printJson(items);
      showPrompts(items);
    });

  for (const [name, call, description] of [
    ['withdraw', 'withdrawPrompt', 'take back a prompt that waits'],
    ['resend', 'resendPrompt', 'send a prompt again of which it is not known whether it reached the agent'],
  ] as const) {
    about(name)
      .description(description)
      .argument('<taskId>')
      .argument('<promptId>')
      .addHelpText('after', example(`${name} ${TASK_ID} ${OTHER_ID}`))
      .action(async (taskId: string, promptId: string, o: Common) => {
        const { client, sessionId } = await at(taskId, o);
        showPrompt(await client[call](taskId, sessionId, promptId), o.json);
      });
  }

  about('cancel')
    .description('stop what the agent is doing; prompts that wait stay')
    .argument('<taskId>')
    .addHelpText('after', example(`cancel ${TASK_ID}`))
    .action(async (taskId: string, o: Common) => {
      const { client, sessionId } = await at(taskId, o);
      const session = await client.cancelTurn(taskId, sessionId);
      if (o.json) return printJson(session);
      showSessions([session]);
    });

  about('permissions')
    .description('list what the agent asks and waits for')
    .argument('<taskId>')
    .option('--all', 'also the latest of what was answered')
    .addHelpText('after', example(`permissions ${TASK_ID}`))
    .action(async (taskId: string, o: Common & { all?: boolean }) => {
      const { client, sessionId } = await at(taskId, o);
      const { items } = await client.listPermissions(taskId, sessionId, o.all ? {} : { state: 'pending' });
      if (o.json) return printJson(items);
      if (items.length === 0) return print('The agent asks nothing.');
      showPermissions(items);
    });

  about('answer')
    .description('answer the agent; the first answer holds')
    .argument('<taskId>')
    .argument('<permissionId>', 'see: slipway sessions permissions')
    .argument('<optionId>', 'one of its options')
    .addHelpText('after', example(`answer ${TASK_ID} ${OTHER_ID} allow`))
    .action(async (taskId: string, permissionId: string, optionId: string, o: Common) => {
      const { client, sessionId } = await at(taskId, o);
      const permission = await client.answerPermission(taskId, sessionId, permissionId, optionId);
      if (o.json) return printJson(permission);
      showPermissions([permission]);
    });

  about('watch')
    .description('follow what is said and done in a session, from its beginning, until the session is over')
    .argument('<taskId>')
    .option('--after <position>', 'only what comes after it')
    .option('--no-follow', 'end when all that there is was shown')
    .addHelpText(
      'after',
      `
With --json each entry is one line. Goes on by itself when the connection was lost.
${example(`watch ${TASK_ID}`, `watch ${TASK_ID} --no-follow --json`)}`,
    )
    .action(async (taskId: string, o: Common & { after?: string; follow: boolean }) => {
      const { client, sessionId } = await at(taskId, o);
      await watchSession(client, { ...o, taskId, sessionId });
    });

  about('settings')
    .description("show or change how the agent's questions are answered, its mode and its model")
    .argument('<taskId>')
    .addOption(new Option('--policy <policy>', 'how questions are answered').choices(PERMISSION_POLICIES))
    .option('--mode <id>', "one of the agent's modes")
    .option('--model <id>', "one of the agent's models")
    .addHelpText(
      'after',
      example(`settings ${TASK_ID}`, `settings ${TASK_ID} --policy allow_edits --mode auto`),
    )
    .action(
      async (taskId: string, o: Common & { policy?: PermissionPolicy; mode?: string; model?: string }) => {
        const { client, sessionId } = await at(taskId, o);
        const session = await changed(client, taskId, sessionId, o);
        if (o.json) return printJson(session);
        showSession(session);
      },
    );

  return sessions;
}

const changed = (
  client: SlipwayClient,
  taskId: string,
  sessionId: string,
  { policy, mode, model }: { policy?: PermissionPolicy; mode?: string; model?: string },
) =>
  policy === undefined && mode === undefined && model === undefined
    ? client.getSession(taskId, sessionId)
    : client.changeSession(taskId, sessionId, { permissionPolicy: policy, modeId: mode, model });

function showPrompt(prompt: Prompt, json = false): void {
  if (json) return printJson(prompt);
  const { promptId, state, position } = prompt;
  print(`${promptId}  ${state}${position === null ? '' : `, number ${position} in the queue`}`);
}
