import type { Action, PushRequest, SlipwayClient } from '@slipway/client';
import { Command } from 'commander';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printError, printJson } from '../output.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

interface PushOptions {
  readonly message?: string;
  readonly committed?: boolean;
  readonly force?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}

interface PullRequestOptions extends PushOptions {
  readonly title?: string;
  readonly body?: string;
  readonly base?: string;
  readonly draft?: boolean;
}

/** `slipway push`. */
export function pushCommand(): Command {
  const push = withPush(new Command('push'));
  return push
    .addHelpText('after', `\nExamples:\n  slipway push ${TASK_ID}\n  slipway push ${TASK_ID} --committed`)
    .action(async (taskId: string, o: PushOptions) => {
      const client = await findService(dataDirOf(push));
      await shown(client, await client.pushTask(taskId, wishOf(o)), o);
    });
}

/** `slipway pr`. */
export function pullRequestCommand(): Command {
  const pr = withPush(new Command('pr'));
  return pr
    .option('--title <title>', "the pull request's title (default: the task's)")
    .option('--body <text>', 'its description (default: what the agent said last)')
    .option(
      '--base <branch>',
      "the branch that it is to go into (default: the task's, else the default branch)",
    )
    .option('--draft', 'open it as a draft')
    .addHelpText(
      'after',
      `
It takes a token for the host: slipway credentials set github.com

Examples:
  slipway pr ${TASK_ID}
  slipway pr ${TASK_ID} --draft --base develop`,
    )
    .action(async (taskId: string, o: PullRequestOptions) => {
      const client = await findService(dataDirOf(pr));
      const { title, body, base, draft } = o;
      await shown(
        client,
        await client.openPullRequest(taskId, { ...wishOf(o), title, body, base, draft }),
        o,
      );
    });
}

const withPush = (command: Command): Command =>
  withJson(command)
    .argument('<taskId>')
    .option('--message <text>', "of the commit with what is not committed (default: from the task's title)")
    .option('--committed', 'only what is committed')
    .option('--force', 'replace what the branch has on the remote, unless somebody changes it meanwhile')
    .option('--no-wait', 'end as soon as it is asked for');

const wishOf = ({ message, committed = false, force = false }: PushOptions): PushRequest => ({
  message,
  includeUncommitted: !committed,
  force,
});

/** Follows the action until it is over; exit code 1 when it failed. */
async function shown(client: SlipwayClient, asked: Action, { wait, json }: PushOptions): Promise<void> {
  const action = wait ? await followed(client, asked, json) : asked;
  if (json) printJson(action);
  else if (!wait) print(action.message);
  if (action.state !== 'error') return;
  process.exitCode = 1;
}

async function followed(client: SlipwayClient, asked: Action, json = false): Promise<Action> {
  let last = '';
  const say = ({ message, state }: Action) => {
    if (json || message === last) return;
    last = message;
    if (state === 'error') printError('slipway', new Error(message));
    else print(message);
  };
  say(asked);
  if (asked.endedAt !== null) return asked;
  // The action of the record may be a later one; the list has this one still.
  for await (const _ of client.watchTask(asked.taskId)) {
    const { items } = await client.listActions(asked.taskId);
    const action = items.find(({ actionId }) => actionId === asked.actionId);
    if (action === undefined) throw new Error('The action is not among the last ones of the task any more.');
    say(action);
    if (action.endedAt !== null) return action;
  }
  return asked;
}
