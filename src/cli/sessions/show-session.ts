import type { Permission, Prompt, SessionRecord } from '@slipway/client';
import { age, print, printTable } from '../output.js';

/** `idle`, or what its state is while it works in nothing yet. */
export const doing = ({ activity, state }: SessionRecord): string => activity ?? state;

/** Prints sessions as a table, their ids first. */
export function showSessions(sessions: readonly SessionRecord[]): void {
  const row = (s: SessionRecord) => [
    s.sessionId,
    doing(s),
    s.agentType,
    String(s.queuedPrompts),
    String(s.pendingPermissions),
    age(s.lastEntryAt ?? s.createdAt),
    s.error ?? '',
  ];
  printTable(['SESSION', 'ACTIVITY', 'AGENT', 'QUEUED', 'QUESTIONS', 'AGE', 'ERROR'], sessions.map(row));
}

/** Prints a session for people, a line for each field that it has. */
export function showSession(session: SessionRecord): void {
  const lines: [string, string | null][] = [
    ['session', session.sessionId],
    ['task', session.taskId],
    ['activity', doing(session)],
    ['error', session.error],
    ['agent', session.agentType],
    ['policy', session.permissionPolicy],
    ['mode', choice(session.modeId, session.modes)],
    ['model', choice(session.model, session.models)],
    ['usage', usageText(session.usage)],
    ['last entry', session.lastEntryAt],
    ['created', session.createdAt],
  ];
  for (const [name, value] of lines) if (value !== null) print(`${name.padEnd(11)} ${value}`);
}

/** Prints prompts as a table, their ids first. */
export function showPrompts(prompts: readonly Prompt[]): void {
  const row = (p: Prompt) => [
    p.promptId,
    p.position === null ? p.state : `${p.state} ${p.position}`,
    age(p.queuedAt),
    p.text.slice(0, 80),
  ];
  printTable(['PROMPT', 'STATE', 'AGE', 'TEXT'], prompts.map(row));
}

/** Prints the agent's questions, their ids first, each with its options below it. */
export function showPermissions(permissions: readonly Permission[]): void {
  for (const { permissionId, title, state, askedAt, answer, by, options } of permissions) {
    const answered = state === 'pending' ? '' : `, by ${by}${answer === undefined ? '' : `: ${answer}`}`;
    print(`${permissionId}  ${state}${answered}  ${age(askedAt)} ago  ${title}`);
    if (state === 'pending')
      for (const { optionId, name, kind } of options) print(`    ${optionId.padEnd(20)} ${name} (${kind})`);
  }
}

const choice = (id: string | null, choices: readonly { id: string }[]): string | null => {
  const others = choices.map((each) => each.id).filter((each) => each !== id);
  const more = others.length > 0 ? ` (or ${others.join(', ')})` : '';
  return id === null && more === '' ? null : `${id ?? "the agent's own"}${more}`;
};

/** `1,200 in, 300 out, 5,000 of 200,000 in context, 0.12 USD`; null where nothing is known. */
export function usageText(usage: SessionRecord['usage']): string | null {
  const { inputTokens, outputTokens, used, size, cost, currency } = usage;
  const count = (n: number) => n.toLocaleString('en');
  const parts = [
    inputTokens === undefined ? '' : `${count(inputTokens)} in`,
    outputTokens === undefined ? '' : `${count(outputTokens)} out`,
    used === undefined ? '' : `${count(used)}${size === undefined ? '' : ` of ${count(size)}`} in context`,
    cost === undefined ? '' : `${cost} ${currency ?? ''}`.trimEnd(),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : null;
}
