import type { LimitsWish, SlipwayClient, Workspace } from '@slipway/client';
import { Command, InvalidArgumentError } from 'commander';
import { LIMIT_NAMES, MOST, type LimitName } from '../../events/access/limit-events.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printJson, printTable } from '../output.js';

/** What an option of `limit` is called, by the limit. */
const OPTIONS: Readonly<Record<LimitName, readonly [flag: string, description: string]>> = {
  liveTasks: ['--live-tasks', 'tasks that are begun and neither archived nor killed; others wait'],
  sessions: ['--sessions', 'sessions in those tasks; tasks wait for theirs'],
  agentMinutesPerDay: ['--agent-minutes', 'minutes that agents work in a day (UTC)'],
  createsPerMinute: ['--creates', 'tasks created in a minute'],
  promptsQueued: ['--prompts', 'prompts that wait for their agents'],
  idleStopAfter: ['--idle-stop-after', 'seconds without activity after which sandboxes of new tasks stop'],
  maxAge: ['--max-age', 'seconds that sandboxes of new tasks go on at most'],
};

/** A number, or `none`: no limit of its own. */
function limitOf(text: string): number | null {
  if (text === 'none') return null;
  if (/^\d{1,10}$/.test(text) && Number(text) <= MOST) return Number(text);
  throw new InvalidArgumentError(`It takes a whole number from 0 to ${MOST}, or none.`);
}

/** `slipway workspaces …`: how much each may have, and has had. */
export function workspacesCommand(): Command {
  const workspaces = new Command('workspaces').addHelpText(
    'after',
    `
A task beyond the limit of live tasks, sessions or agent minutes is created all the same, and waits: first come, first
served in each workspace. Creates and prompts beyond theirs are refused (429). Only an admin of all workspaces sets limits.`,
  );
  const api = (): Promise<SlipwayClient> => findService(dataDirOf(workspaces));

  withJson(workspaces.command('list'))
    .description('list the workspaces that have tasks; those you are let into, where that is not into all')
    .addHelpText('after', '\nExample:\n  slipway workspaces list')
    .action(async ({ json }: { json?: boolean }) => {
      const client = await api();
      const ids: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await client.listWorkspaces({ cursor, limit: 200 });
        ids.push(...page.items.map(({ workspaceId }) => workspaceId));
        cursor = page.next;
      }
      if (json) return printJson(ids);
      printTable(
        ['WORKSPACE'],
        ids.map((id) => [id]),
      );
    });

  withJson(workspaces.command('show'))
    .description('show how much a workspace may have')
    .argument('<workspaceId>')
    .addHelpText('after', '\nExample:\n  slipway workspaces show acme')
    .action(async (workspaceId: string, { json }: { json?: boolean }) =>
      show(await (await api()).getWorkspace(workspaceId), json),
    );

  const limit = withJson(workspaces.command('limit'))
    .description('change how much a workspace may have; what is not named stays as it is')
    .argument('<workspaceId>')
    .addHelpText('after', '\nExample:\n  slipway workspaces limit acme --live-tasks 20 --creates none');
  for (const [flag, description] of Object.values(OPTIONS))
    limit.option(`${flag} <number|none>`, description, limitOf);
  limit.action(async (workspaceId: string, options: Record<string, unknown>) => {
    const wish = Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const value = options[camelCase(OPTIONS[name][0])];
        return value === undefined ? [] : [[name, value]];
      }),
    ) as LimitsWish;
    show(await (await api()).limitWorkspace(workspaceId, wish), options['json'] === true);
  });

  withJson(workspaces.command('usage'))
    .description('show how much a workspace has, and has had by day (UTC)')
    .argument('<workspaceId>')
    .option('--days <number>', 'so many days', '14')
    .addHelpText('after', '\nExample:\n  slipway workspaces usage acme --days 7')
    .action(async (workspaceId: string, o: { days: string; json?: boolean }) => {
      const usage = await (await api()).getUsage(workspaceId, { days: Number(o.days) });
      if (o.json) return printJson(usage);
      const { liveTasks, waitingTasks, sessions, promptsQueued, agentMinutesToday } = usage.now;
      print(
        `${usage.workspaceId}: ${liveTasks} live tasks, ${waitingTasks} waiting, ${sessions} sessions, ${promptsQueued} prompts waiting, ${agentMinutesToday.toFixed(1)} agent minutes today`,
      );
      printTable(
        ['DAY', 'TASKS', 'SESSIONS', 'PROMPTS', 'TURNS', 'AGENT MIN', 'TOKENS IN', 'TOKENS OUT', 'COST'],
        usage.days.map((day) => [
          day.day,
          String(day.tasksCreated),
          String(day.sessions),
          String(day.prompts),
          String(day.turns),
          (day.agentSeconds / 60).toFixed(1),
          String(day.inputTokens),
          String(day.outputTokens),
          Object.entries(day.cost)
            .map(([currency, cost]) => `${cost.toFixed(2)} ${currency}`)
            .join(', '),
        ]),
      );
    });

  return workspaces;
}

const camelCase = (flag: string): string =>
  flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function show({ workspaceId, limits, ownLimits }: Workspace, json = false): void {
  if (json) return printJson({ workspaceId, limits, ownLimits });
  print(workspaceId);
  printTable(
    ['LIMIT', 'HOLDS', 'OF ITS OWN'],
    LIMIT_NAMES.map((name) => [
      OPTIONS[name][1],
      limits[name] === null ? 'none' : String(limits[name]),
      ownLimits[name] === undefined ? '' : 'yes',
    ]),
  );
}
