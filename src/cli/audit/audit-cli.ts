import type { AuditEntry, AuditQuery } from '@slipway/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isPosition } from '../../platform/text-rules.js';
import { findService } from '../find-service.js';
import { dataDirOf, wholeNumber, withJson } from '../global-options.js';
import { parsePast } from '../moment.js';
import { print, printJson, printTable } from '../output.js';

const PAGE = 200;

function positionOf(text: string): string {
  if (isPosition(text)) return text;
  throw new InvalidArgumentError('It takes the position of an entry, or 0 for the beginning.');
}

interface Options {
  readonly workspace?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly token?: string;
  readonly address?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly until?: string;
  readonly refused?: boolean;
  readonly done?: boolean;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** `slipway audit`: who did what, and what was refused. */
export function auditCommand(): Command {
  const audit = withJson(new Command('audit'))
    .option('--workspace <id>', 'only what was done in it (default: all that your token may see)')
    .option('--actor <who>', 'only by user:…, token:<id>, nobody, saga, …')
    .option('--action <type>', 'only events of this type, such as KillRequested')
    .option('--token <tokenId>', 'only with this token')
    .option('--address <address>', 'only from there')
    .option('--subject <id>', 'only to this task, session, project, token, log-in, workspace or host')
    .option('--from <time>', 'not earlier than that: a time, or 30min, 2h, 7d ago', parsePast)
    .option('--until <time>', 'not later than that', parsePast)
    .addOption(new Option('--refused', 'only what was refused').conflicts('done'))
    .option('--done', 'only what was not refused')
    .addOption(
      new Option('--after <position>', 'oldest first, after this position (0: from the beginning)')
        .argParser(positionOf)
        .conflicts('before'),
    )
    .option('--before <position>', 'newest first (the default), before this position', positionOf)
    .option('--limit <n>', 'at most so many; 0 for all', wholeNumber(0), 50)
    .addHelpText(
      'after',
      `
Reads the log of events through the service, so it takes a token of a maintainer of the workspace, or of an admin of all.
What was refused is counted where it comes often: TIMES between the first and the last. What the service does by itself
(saga, session, changes, watch, admissions) is shown when it is asked for with --actor.

Examples:
  slipway audit --from 2h
  slipway audit --refused --actor nobody
  slipway audit --subject 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e --after 0 --limit 0 --json`,
    );
  return audit.action(async (o: Options) => {
    const service = await findService(dataDirOf(audit));
    const { items, next } = await pages((query) => service.readAudit(query), o);
    if (o.json) return printJson({ items, next });
    printTable(['POSITION', 'TIME', 'WHO', 'FROM', 'WHERE', 'DID', 'TO', 'TIMES'], items.map(row));
    if (next !== null)
      print(
        `… there may be more: --${o.after === undefined ? 'before' : 'after'} ${next} (--limit 0 for all)`,
      );
  });
}

type ReadPage = (query: AuditQuery) => Promise<{ items: AuditEntry[]; next: string | null }>;

/** As many entries as are wanted, a page after the other. */
async function pages(read: ReadPage, o: Options): Promise<{ items: AuditEntry[]; next: string | null }> {
  const filter: AuditQuery = {
    workspaceId: o.workspace,
    actor: o.actor,
    action: o.action,
    tokenId: o.token,
    address: o.address,
    subject: o.subject,
    from: o.from,
    until: o.until,
    refused: o.refused === true ? true : o.done === true ? false : undefined,
  };
  const most = o.limit === 0 ? Infinity : o.limit;
  const isForwards = o.after !== undefined;
  const items: AuditEntry[] = [];
  let next: string | null | undefined = o.after ?? o.before;
  do {
    const place: AuditQuery = isForwards ? { after: next ?? undefined } : { before: next ?? undefined };
    const page: Awaited<ReturnType<ReadPage>> = await read({
      ...filter,
      ...place,
      limit: Math.min(PAGE, most - items.length),
    });
    items.push(...page.items);
    ({ next } = page);
  } while (next !== null && items.length < most);
  return { items, next };
}

function row({
  position,
  time,
  actor,
  address,
  workspaceId,
  action,
  subject,
  refusal,
}: AuditEntry): string[] {
  const did = refusal === null ? action : `refused: ${refusal.code}`;
  const to =
    refusal === null
      ? subject === null
        ? ''
        : `${subject.kind} ${subject.id}`
      : [refusal.method, refusal.path].filter((part) => part !== null).join(' ');
  return [position, time, actor, address ?? '', workspaceId ?? '', did, to, String(refusal?.count ?? 1)];
}
