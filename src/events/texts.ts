/*
 * Which fields of an event are texts of people or agents, and what is derived from those. In the log they are sealed by the
 * key of their task, and erased with it (docs/adr/0009-erasure-by-key.md). texts.spec.ts fails for a string of any schema
 * that is neither here nor said to be none. A field is added freely; what was sealed is opened without this table.
 */

/** What is shown in place of a text that was erased. It fits every schema of a text. */
export const ERASED = '[erased]';

const PUSH = ['message', 'author.name', 'author.email'];

/** By type: paths into the data; `[]` is every item of a list. */
export const TEXTS: Readonly<Record<string, readonly string[]>> = {
  TaskCreated: ['task', 'title', 'branchName', 'onBranch', 'setup', 'requestHash'],
  TaskNamed: ['title', 'branchName'],
  SandboxCreated: ['notices[]'],
  SetupFinished: ['output'],
  SetupFailed: ['output'],
  SessionRequested: ['prompt'],
  SessionFailed: ['reason'],
  StageFailed: ['reason'],
  ProvisioningFailed: ['reason'],
  SandboxDestroyed: ['kept.refs[].name'],
  PushRequested: PUSH,
  BranchPushed: ['left[]'],
  PushFailed: ['reason'],
  PullRequestRequested: [...PUSH, 'title', 'body', 'base'],
  PullRequestFailed: ['reason'],
  ChangesObserved: ['branch', 'files[].path', 'files[].oldPath', 'left[].path'],
  ChangesNotObserved: ['reason'],
  PromptQueued: ['text'],
  PromptUnsure: ['reason'],
  AgentSaid: ['text'],
  AgentThought: ['text'],
  ToolCallChanged: [
    'title',
    'kind',
    'locations[].path',
    'content[].text',
    'content[].path',
    'content[].oldText',
    'content[].newText',
  ],
  PlanChanged: ['entries[].content'],
  PermissionRequested: ['title', 'options[].name'],
  SettingRefused: ['reason'],
  TurnEnded: ['failure.message'],
  AgentLost: ['reason'],
  RequestUnserved: ['method'],
  TranscriptGap: ['reason'],
  SessionEnded: ['reason'],
};

const STEPS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  Object.entries(TEXTS).map(([type, paths]) => [
    type,
    paths.map((path) => path.replaceAll('[]', '.[]').split('.')),
  ]),
);

/** The data with each of its texts changed; the same object where it has none. Pure. */
export function mapTexts(type: string, data: unknown, change: (text: string) => unknown): unknown {
  let changed = data;
  for (const steps of STEPS.get(type) ?? []) changed = mapAt(changed, steps, 0, change);
  return changed;
}

/** The data as it is read once its texts are erased. */
export const withoutTexts = (type: string, data: unknown): unknown => mapTexts(type, data, () => ERASED);

function mapAt(
  value: unknown,
  steps: readonly string[],
  at: number,
  change: (text: string) => unknown,
): unknown {
  const step = steps[at];
  if (step === undefined) return typeof value === 'string' ? change(value) : value;
  if (step === '[]')
    return Array.isArray(value) ? value.map((item) => mapAt(item, steps, at + 1, change)) : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  const before = (value as Record<string, unknown>)[step];
  const after = mapAt(before, steps, at + 1, change);
  return after === before ? value : { ...value, [step]: after };
}
