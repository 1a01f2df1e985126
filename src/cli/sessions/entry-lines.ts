import type { TranscriptDelta, TranscriptEntry } from '@slipway/client';
import { usageText } from './show-session.js';

type EntryOf<K extends TranscriptEntry['kind']> = Extract<TranscriptEntry, { kind: K }>;
/** Any but a text. */
type Other = EntryOf<Exclude<TranscriptEntry['kind'], 'message' | 'thought'>>;
type ToolCall = EntryOf<'tool_call'>['toolCall'];

const MARK = { pending: '·', in_progress: '…', completed: '✔', failed: '✗' } as const;
const MARGIN = { message: '', thought: '  ~ ' } as const;
/** Lines of one change of a file that are shown. */
const MOST_LINES = 40;

/** A text that may go on in the next entry. */
interface OpenText {
  readonly kind: 'message' | 'thought';
  /** What came after the last whole line. */
  tail: string;
}

/**
 * Entries as lines for people. One object reads one session, from its beginning or from anywhere. A text that is stored in
 * parts is one text: its last line is given out when something else follows.
 */
export class EntryLines {
  /** How each tool call stood when it was shown last. */
  private readonly tools = new Map<string, string>();
  private readonly options = new Map<string, string>();
  private text: OpenText | null = null;
  /** What is known of an entry that has not come yet. */
  private writing: Pick<TranscriptDelta, 'entryId' | 'kind' | 'text'> | null = null;

  /** The line that is being written: no line yet, for what was stored before it may still be on its way. */
  get tail(): string {
    const { text, writing } = this;
    const kind = writing?.kind ?? text?.kind ?? 'message';
    const whole = `${text?.kind === kind ? text.tail : ''}${writing?.text ?? ''}`;
    const line = whole.split('\n').findLast((each) => each !== '') ?? '';
    return line === '' ? '' : MARGIN[kind] + line;
  }

  /** The lines of the next entry; none where there is nothing new to see. */
  of(entry: TranscriptEntry): string[] {
    if (entry.kind === 'message' || entry.kind === 'thought') {
      if (entry.entryId === this.writing?.entryId) this.writing = null;
      return this.more(entry.kind, entry.text);
    }
    if (entry.kind === 'turn_ended') this.writing = null;
    const lines = this.others(entry as Other);
    return lines.length > 0 ? [...this.rest(), ...lines] : lines;
  }

  /** A piece of a text that is being written changes `tail`, where all that was before it in the text is known. */
  delta({ entryId, kind, text, offset }: TranscriptDelta): void {
    if (offset === 0) this.writing = { entryId, kind, text };
    else if (this.writing?.entryId === entryId && this.writing.text.length === offset)
      this.writing = { entryId, kind, text: this.writing.text + text };
  }

  /** The last line of what was stored of a text, as it is. */
  rest(): string[] {
    const { text } = this;
    this.text = null;
    return text?.tail ? [MARGIN[text.kind] + text.tail] : [];
  }

  private more(kind: OpenText['kind'], text: string): string[] {
    const before = this.text?.kind === kind ? [] : this.rest();
    const whole = `${this.text?.tail ?? ''}${text}`.split('\n');
    this.text = { kind, tail: whole.pop()! };
    return [...before, ...whole.map((line) => MARGIN[kind] + line)];
  }

  private others(entry: Other): string[] {
    switch (entry.kind) {
      case 'prompt':
        if (entry.text !== undefined) return ['', ...indented('> ', entry.text), ''];
        return entry.state === 'withdrawn' ? ['  (a prompt was taken back)'] : [];
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
