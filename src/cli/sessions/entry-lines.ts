import type { TranscriptEntry } from '@slipway/client';
import { usageText } from './show-session.js';

type EntryOf<K extends TranscriptEntry['kind']> = Extract<TranscriptEntry, { kind: K }>;
type ToolCall = EntryOf<'tool_call'>['toolCall'];

const MARK = { pending: '·', in_progress: '…', completed: '✔', failed: '✗' } as const;
/** Lines of one change of a file that are shown. */
const MOST_LINES = 40;

/** Entries as lines for people. One object reads one session, from its beginning or from anywhere. */
export class EntryLines {
  /** How each tool call stood when it was shown last. */
  private readonly tools = new Map<string, string>();
  private readonly options = new Map<string, string>();

  /** The lines of the next entry; none where there is nothing new to see. */
  of(entry: TranscriptEntry): string[] {
    switch (entry.kind) {
      case 'prompt':
        if (entry.text !== undefined) return ['', ...indented('> ', entry.text), ''];
        return entry.state === 'withdrawn' ? ['  (a prompt was taken back)'] : [];
      case 'message':
        return indented('', entry.text);
      case 'thought':
        return indented('  ~ ', entry.text);
      case 'tool_call':
        return this.toolCall(entry.toolCall);
      case 'plan':
        return entry.entries.map(({ status, content }) => `  ${MARK[status]} ${content}`);
      case 'permission':
        return this.permission(entry);
      case 'mode':
        return settings(entry);
      case 'usage':
        return [];
      case 'turn_ended':
        return turnEnded(entry);
      case 'notice':
        return [`  ! ${entry.text}`];
    }
  }

  private toolCall({ toolCallId, title, status, content }: ToolCall): string[] {
    if (this.tools.get(toolCallId) === status) return [];
    this.tools.set(toolCallId, status);
    const line = `  ${MARK[status]} ${title}`;
    if (status !== 'completed' && status !== 'failed') return [line];
    this.tools.delete(toolCallId);
    return [line, ...content.flatMap(contentLines)];
  }

  private permission(entry: EntryOf<'permission'>): string[] {
    const { permissionId, state, title = '', options = [], answer = '', by = '' } = entry;
    if (state === 'pending') {
      for (const { optionId, name } of options) this.options.set(`${permissionId} ${optionId}`, name);
      return [
        '',
        `  ? ${title}`,
        `    question ${permissionId}`,
        ...options.map(({ optionId, name }, n) => `    [${n + 1}] ${name} (${optionId})`),
      ];
    }
    if (state === 'cancelled') return [`  = cancelled, by ${by}`];
    return [`  = ${this.options.get(`${permissionId} ${answer}`) ?? answer}, by ${by}`];
  }
}

function contentLines({
  type,
  text = '',
  path = '',
  oldText,
  newText = '',
}: ToolCall['content'][number]): string[] {
  if (type === 'text') return cut(indented('      ', text));
  if (type === 'terminal') return [];
  const before = typeof oldText === 'string' ? indented('      - ', oldText) : [];
  return [`      ${path}`, ...cut(before), ...cut(indented('      + ', newText))];
}

function settings({ modeId, model }: EntryOf<'mode'>): string[] {
  const set = [modeId && `mode ${modeId}`, model && `model ${model}`].filter(Boolean);
  return set.length > 0 ? [`  (${set.join(', ')})`] : [];
}

function turnEnded({ stopReason, failure, usage }: EntryOf<'turn_ended'>): string[] {
  const used = usage && usageText(usage);
  const why = failure ? `${stopReason}: ${failure.message}` : stopReason;
  return ['', `-- ${why}${used ? ` (${used})` : ''}`];
}

const indented = (before: string, text: string): string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${before}${line}`);

const cut = (lines: string[]): string[] =>
  lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES), `      … ${lines.length - MOST_LINES} more lines`];
