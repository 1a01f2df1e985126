import { describe, expect, it } from '@jest/globals';
import type { TSchema } from '@sinclair/typebox';
import { CREDENTIAL_EVENT_SCHEMAS } from './access/credential-events.js';
import { LIMIT_EVENT_SCHEMAS } from './access/limit-events.js';
import { LOGIN_EVENT_SCHEMAS } from './access/login-events.js';
import { REFUSAL_EVENT_SCHEMAS } from './access/refusal-events.js';
import { TERMINAL_EVENT_SCHEMAS } from './access/terminal-events.js';
import { TOKEN_EVENT_SCHEMAS } from './access/token-events.js';
import { WEBHOOK_EVENT_SCHEMAS } from './access/webhook-events.js';
import { PROJECT_EVENT_SCHEMAS } from './project/project-events.js';
import { SESSION_EVENT_SCHEMAS } from './session/session-events.js';
import { BRANCH_RESERVED, BranchReservedSchema, TASK_EVENT_SCHEMAS } from './task/task-events.js';
import { ERASED, mapTexts, TEXTS, withoutTexts } from './texts.js';

/** Of tasks: a string in one of them is a text, or one of `NO_TEXTS`. */
const OF_TASKS: Readonly<Record<string, TSchema>> = { ...TASK_EVENT_SCHEMAS, ...SESSION_EVENT_SCHEMAS };
/** Of no task's texts: digests of branch names; workspaces, who gets in, settings of projects. They have no key, and no text of a task in them. */
const OF_NONE: Readonly<Record<string, TSchema>> = {
  ...PROJECT_EVENT_SCHEMAS,
  ...CREDENTIAL_EVENT_SCHEMAS,
  ...LIMIT_EVENT_SCHEMAS,
  ...LOGIN_EVENT_SCHEMAS,
  ...REFUSAL_EVENT_SCHEMAS,
  ...TERMINAL_EVENT_SCHEMAS,
  ...TOKEN_EVENT_SCHEMAS,
  ...WEBHOOK_EVENT_SCHEMAS,
  [BRANCH_RESERVED]: BranchReservedSchema,
};

/** Ids, times, addresses, commits, words of protocols, who did it, and names that projects and agents have for settings. */
const NO_TEXTS: ReadonlySet<string> = new Set([
  ...['at', 'deadline', 'nextAttemptAt', 'until', 'sleep.deadline', 'summary.lastEntryAt'],
  ...['taskId', 'workspaceId', 'projectId', 'sessionId', 'agentSessionId', 'sandboxId', 'actionId'],
  ...['promptId', 'entryId', 'toolCallId', 'permissionId', 'requestId', 'optionId', 'instance'],
  ...['options[].optionId', 'content[].terminalId', 'env.envId', 'env.names[]'],
  ...['providerId', 'agentType', 'modeId', 'model', 'value'],
  ...['modes[].id', 'modes[].name', 'models[].id', 'models[].name'],
  ...['summary.modeId', 'summary.model', 'summary.usage.currency', 'usage.currency'],
  ...['summary.modes[].id', 'summary.modes[].name', 'summary.models[].id', 'summary.models[].name'],
  ...['repoRemote', 'remote', 'url', 'endpoint', 'path', 'kept.where', 'kept.refs[].commit'],
  ...['commit', 'base', 'head', 'tree', 'code', 'stopReason', 'by'],
]);

/** The strings that may be in data of the schema; words that the schema itself names are none. */
function stringsIn(schema: TSchema, at = ''): string[] {
  if (schema.anyOf) return (schema.anyOf as TSchema[]).flatMap((each) => stringsIn(each, at));
  if (schema.type === 'object')
    return Object.entries(schema.properties as Record<string, TSchema>).flatMap(([name, field]) =>
      stringsIn(field, at === '' ? name : `${at}.${name}`),
    );
  if (schema.type === 'array') return stringsIn(schema.items as TSchema, `${at}[]`);
  return schema.type === 'string' && schema.const === undefined ? [at] : [];
}

const all = Object.entries(OF_TASKS);

describe('the texts of events', () => {
  it.each(all)('%s: every string is a text, or is said to be none', (type, schema) => {
    const strings = [...new Set(stringsIn(schema))];
    const texts = TEXTS[type] ?? [];
    expect(strings.filter((path) => !texts.includes(path) && !NO_TEXTS.has(path))).toEqual([]);
    expect(texts.filter((path) => !strings.includes(path))).toEqual([]);
  });

  it('are of tasks alone', () => {
    expect(Object.keys(TEXTS).filter((type) => !(type in OF_TASKS))).toEqual([]);
    expect(Object.keys(OF_NONE).filter((type) => type in TEXTS || type in OF_TASKS)).toEqual([]);
  });

  it.each(all)('%s: takes what is shown of an erased text', (type, schema) => {
    const texts = TEXTS[type] ?? [];
    for (const path of texts) expect(() => fits(schema, path)).not.toThrow();
  });
});

/** Throws where the schema of the text would refuse `[erased]`. */
function fits(schema: TSchema, path: string): void {
  const found = leaves(schema, path.replaceAll('[]', '.[]').split('.'));
  expect(found.length).toBeGreaterThan(0);
  for (const { minLength = 0, maxLength = Infinity, pattern } of found) {
    expect(ERASED.length).toBeGreaterThanOrEqual(minLength as number);
    expect(ERASED.length).toBeLessThanOrEqual(maxLength as number);
    expect(pattern).toBeUndefined();
  }
}

function leaves(schema: TSchema, [step, ...rest]: readonly string[]): TSchema[] {
  if (schema.anyOf) return (schema.anyOf as TSchema[]).flatMap((each) => leaves(each, [step!, ...rest]));
  if (step === undefined) return schema.type === 'string' ? [schema] : [];
  if (step === '[]') return schema.type === 'array' ? leaves(schema.items as TSchema, rest) : [];
  const field = (schema.properties as Record<string, TSchema> | undefined)?.[step];
  return field === undefined ? [] : leaves(field, rest);
}

describe('changing texts', () => {
  const data = {
    actionId: 'a',
    left: ['one', 'two'],
    commit: 'c',
    at: 'now',
  };

  it('changes those that are named, wherever they are, and nothing else', () => {
    expect(mapTexts('BranchPushed', data, (text) => text.toUpperCase())).toEqual({
      ...data,
      left: ['ONE', 'TWO'],
    });
    const call = { title: 'Edit', content: [{ type: 'diff', path: 'a', oldText: null, newText: 'b' }] };
    expect(withoutTexts('ToolCallChanged', call)).toEqual({
      title: ERASED,
      content: [{ type: 'diff', path: ERASED, oldText: null, newText: ERASED }],
    });
  });

  it('leaves data without any as it is, whatever it is', () => {
    expect(withoutTexts('StageStarted', data)).toBe(data);
    expect(withoutTexts('TaskCreated', null)).toBeNull();
    expect(withoutTexts('SandboxCreated', { notices: 'none' })).toEqual({ notices: 'none' });
    expect(withoutTexts('Unknown', data)).toBe(data);
  });
});
