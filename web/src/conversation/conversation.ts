import type { Entry, Transcript } from './transcript.js';

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
export type ToolCall = Of<'tool_call'>['toolCall'];
export type PlanStep = Of<'plan'>['entries'][number];
type Option = NonNullable<Of<'permission'>['options']>[number];

/** A question of the agent, and what was answered. */
export interface Question {
  readonly permissionId: string;
  readonly title: string;
  readonly options: readonly Option[];
  readonly isEdit: boolean;
  readonly toolCallId: string | undefined;
  readonly state: 'pending' | 'answered' | 'cancelled';
  /** The option that was chosen. */
  readonly answer: string | undefined;
  readonly by: string | undefined;
}

/** A thing in the conversation as people see it. */
export type Item = { readonly key: string; readonly at: string } & (
  | { readonly type: 'prompt'; readonly promptId: string; readonly text: string }
  | { readonly type: 'message' | 'thought'; readonly text: string; readonly isWriting: boolean }
  | { readonly type: 'tool'; readonly call: ToolCall }
  | { readonly type: 'plan'; readonly steps: readonly PlanStep[] }
  | { readonly type: 'question'; readonly question: Question }
  | { readonly type: 'end'; readonly stopReason: string; readonly failure: string | undefined }
  | { readonly type: 'notice'; readonly code: string; readonly text: string }
);

/** A prompt that the agent has not got, or of which nobody knows. */
export interface Waiting {
  readonly promptId: string;
  readonly text: string;
  readonly state: 'queued' | 'unsure';
  /** Why nobody knows. */
  readonly reason?: string;
}

export interface Conversation {
  readonly items: readonly Item[];
  readonly waiting: readonly Waiting[];
}

/** Said to the machine rather than to people, or said in its place on the page. */
const UNSPOKEN: readonly string[] = ['prompt_unsure', 'cancel_requested', 'session_ended'];

/**
 * The conversation that entries tell: a prompt where it was sent, texts joined again that were stored in parts, a tool call
 * and a question once and as they are now, a plan once in its turn. Pure.
 */
export function conversationOf({ entries, writing }: Transcript): Conversation {
  const telling = new Telling();
  for (const entry of entries) telling.add(entry);
  const at = entries.at(-1)?.at ?? '';
  for (const { entryId, kind, text } of writing) telling.addText(kind, text, at, entryId, true);
  return { items: telling.items, waiting: [...telling.waiting.values()] };
}

class Telling {
  readonly items: Item[] = [];
  readonly waiting = new Map<string, Waiting>();
  private readonly prompts = new Map<string, string>();
  private readonly places = new Map<string, number>();
  private made = 0;

  add(entry: Entry): void {
    const { position, at } = entry;
    switch (entry.kind) {
      case 'prompt':
        return this.addPrompt(entry);
      case 'message':
      case 'thought':
        return this.addText(entry.kind, entry.text, at, position, false);
      case 'tool_call':
        return this.put(`tool ${entry.toolCall.toolCallId}`, { type: 'tool', call: entry.toolCall, at });
      case 'plan':
        return this.put('plan', { type: 'plan', steps: entry.entries, at });
      case 'permission':
        return this.addQuestion(entry);
      case 'turn_ended':
        // The next turn's plan is another one.
        this.places.delete('plan');
        this.waiting.delete(entry.promptId);
        if (entry.stopReason === 'end_turn') return;
        return this.push({ type: 'end', stopReason: entry.stopReason, failure: entry.failure?.message, at });
      case 'notice':
        return this.addNotice(entry);
      case 'mode':
      case 'usage':
        return;
    }
  }

  /** A text that goes on is one with what is before it: they were stored in parts. */
  addText(type: 'message' | 'thought', text: string, at: string, id: string, isWriting: boolean): void {
    const last = this.items.at(-1);
    if (last?.type === type)
      this.items[this.items.length - 1] = { ...last, text: last.text + text, isWriting };
    else this.push({ type, text, at, isWriting }, `${type} ${id}`);
  }

  private addPrompt({ promptId, state, text, at }: Of<'prompt'>): void {
    if (text !== undefined) this.prompts.set(promptId, text);
    const asked = this.prompts.get(promptId) ?? '';
    this.waiting.delete(promptId);
    if (state === 'queued') this.waiting.set(promptId, { promptId, text: asked, state });
    if (state === 'sent') {
      // Sent again, it stands where it was sent last.
      const before = this.items.findIndex((item) => item.type === 'prompt' && item.promptId === promptId);
      if (before >= 0) this.remove(before);
      this.push({ type: 'prompt', promptId, text: asked, at }, `prompt ${promptId}`);
    }
  }

  private addQuestion(entry: Of<'permission'>): void {
    const { permissionId, state, at } = entry;
    const key = `question ${permissionId}`;
    const place = this.places.get(key);
    const known = place === undefined ? undefined : this.items[place];
    const before = known?.type === 'question' ? known.question : undefined;
    const question: Question = {
      permissionId,
      title: entry.title ?? before?.title ?? '',
      options: entry.options ?? before?.options ?? [],
      isEdit: entry.isEdit ?? before?.isEdit ?? false,
      toolCallId: entry.toolCallId ?? before?.toolCallId,
      state,
      answer: entry.answer,
      by: state === 'pending' ? undefined : entry.by,
    };
    this.put(key, { type: 'question', question, at: known?.at ?? at });
  }

  private addNotice({ code, text, promptId, how, at }: Of<'notice'>): void {
    if (code === 'prompt_unsure' && promptId !== undefined) {
      const asked = this.prompts.get(promptId) ?? '';
      this.waiting.set(promptId, { promptId, text: asked, state: 'unsure', reason: text });
    }
    if (UNSPOKEN.includes(code) || how === 'new') return;
    this.push({ type: 'notice', code, text, at });
  }

  private push(item: WithoutKey, key = `${item.type} ${this.made}`): void {
    this.made++;
    this.items.push({ ...item, key });
  }

  /** At the place that it has; at the end where it has none. */
  private put(key: string, item: WithoutKey): void {
    const place = this.places.get(key);
    if (place !== undefined) {
      this.items[place] = { ...item, key: this.items[place]!.key };
      return;
    }
    this.places.set(key, this.items.length);
    this.push(item, key === 'plan' ? undefined : key);
  }

  private remove(place: number): void {
    this.items.splice(place, 1);
    for (const [key, at] of this.places) if (at > place) this.places.set(key, at - 1);
  }
}

type WithoutKey = Item extends infer I ? (I extends Item ? Omit<I, 'key'> : never) : never;
