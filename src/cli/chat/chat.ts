import type { Activity, SlipwayClient, TranscriptEntry } from '@slipway/client';
import { createInterface, type Interface } from 'node:readline';
import { printAbove } from '../output.js';
import { EntryLines } from '../sessions/entry-lines.js';
import { followEntries } from '../sessions/follow-entries.js';

type Question = Extract<TranscriptEntry, { kind: 'permission' }>;

export interface ChatStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

const BUSY: readonly (Activity | null)[] = ['working', 'waiting_for_permission', 'cancelling'];

/** A conversation with the agent of one session: what happens in it is printed above the line that is being typed. */
export class Chat {
  private readonly lines = new EntryLines();
  /** The agent's questions that wait, the oldest first. */
  private readonly questions: Question[] = [];
  private readonly over = new AbortController();
  private readonly isTerminal: boolean;
  private readonly input: Interface;
  /** What was asked and is not over yet, where somebody waits for that. */
  private readonly open = new Set<string>();
  private activity: Activity | null = null;
  private asked: Promise<void> = Promise.resolve();
  private hasCancelled = false;
  private hasEnded = false;

  constructor(
    private readonly client: SlipwayClient,
    private readonly session: { readonly taskId: string; readonly sessionId: string },
    private readonly streams: ChatStreams,
  ) {
    this.isTerminal = streams.input.isTTY === true && streams.output.isTTY === true;
    this.input = createInterface({
      input: streams.input,
      output: this.isTerminal ? streams.output : undefined,
      terminal: this.isTerminal,
      prompt: '> ',
    });
  }

  /** Talks until the person leaves (0) or the session is over (1). Rejects with SlipwayError. */
  async run(): Promise<number> {
    const { input, over } = this;
    const interrupt = () => this.interrupt();
    const typed = (text: string | undefined) => this.key(text);
    input.on('line', (line) => (this.asked = this.asked.then(() => this.said(line.trim()))));
    input.on('SIGINT', interrupt);
    input.on('close', () => this.endOfInput());
    process.on('SIGINT', interrupt);
    if (this.isTerminal) this.streams.input.on('keypress', typed);
    try {
      return await this.read();
    } finally {
      over.abort();
      process.off('SIGINT', interrupt);
      this.streams.input.off('keypress', typed);
      input.close();
    }
  }

  private async read(): Promise<number> {
    const { signal } = this.over;
    const onTrouble = (reason: string | null) => this.tell(reason ?? 'Connected again.');
    for await (const page of followEntries(this.client, { ...this.session, signal, onTrouble })) {
      this.activity = page.activity;
      const lines = page.items.flatMap((entry) => {
        this.note(entry);
        return this.lines.of(entry);
      });
      this.show(lines);
      if (page.next !== null) continue;
      if (page.activity === 'ended') {
        this.tell('The session is over.');
        return 1;
      }
      if (this.hasEnded && this.open.size === 0) return 0;
    }
    return 0;
  }

  private note(entry: TranscriptEntry): void {
    if (entry.kind === 'permission') {
      const index = this.questions.findIndex(({ permissionId }) => permissionId === entry.permissionId);
      if (entry.state === 'pending') this.questions.push(entry);
      else if (index >= 0) this.questions.splice(index, 1);
    } else if (entry.kind === 'turn_ended') {
      this.hasCancelled = false;
      this.open.delete(entry.promptId);
    } else if (entry.kind === 'prompt' && entry.state === 'withdrawn') this.open.delete(entry.promptId);
    else if (entry.kind === 'notice' && entry.code === 'prompt_unsure')
      this.open.delete(entry.promptId ?? '');
  }

  /** A line is the number of an option where a question waits, else a prompt. */
  private async said(line: string): Promise<void> {
    if (line === '') return this.show([]);
    const { taskId, sessionId } = this.session;
    try {
      if (await this.answered(line)) return;
      const { promptId } = await this.client.queuePrompt(taskId, sessionId, line);
      this.open.add(promptId);
    } catch (error) {
      this.tell(error instanceof Error ? error.message : String(error));
    }
  }

  /** With one key, where nothing else was typed. */
  private key(text: string | undefined): void {
    if (text === undefined || this.input.line !== text || this.optionOf(text) === undefined) return;
    this.input.write(null, { ctrl: true, name: 'u' });
    this.asked = this.asked
      .then(() => this.answered(text))
      .then(
        () => undefined,
        (error: unknown) => this.tell(error instanceof Error ? error.message : String(error)),
      );
  }

  private optionOf(text: string) {
    return /^[1-9]$/.test(text) ? this.questions[0]?.options?.[Number(text) - 1] : undefined;
  }

  private async answered(text: string): Promise<boolean> {
    const option = this.optionOf(text);
    if (option === undefined) return false;
    const { permissionId } = this.questions.shift()!;
    const { taskId, sessionId } = this.session;
    await this.client.answerPermission(taskId, sessionId, permissionId, option.optionId);
    return true;
  }

  /** The first stops what the agent is doing, the next leaves. */
  private interrupt(): void {
    const isBusy = BUSY.includes(this.activity) || this.open.size > 0;
    if (this.hasCancelled || !isBusy) return this.over.abort();
    this.hasCancelled = true;
    this.tell('Asking the agent to stop; Ctrl-C again leaves.');
    const { taskId, sessionId } = this.session;
    this.client.cancelTurn(taskId, sessionId).catch((error: unknown) => this.tell(String(error)));
  }

  /** What was read from a pipe is waited for. */
  private endOfInput(): void {
    if (this.isTerminal) return this.over.abort();
    void this.asked.then(() => (this.hasEnded = true));
  }

  private tell(text: string): void {
    this.show([`  ! ${text}`]);
  }

  private show(lines: readonly string[]): void {
    if (lines.length === 0 && !this.isTerminal) return;
    const typedRows = this.isTerminal ? this.input.getCursorPos().rows : 0;
    printAbove(lines, this.isTerminal ? typedRows : null, this.streams.output);
    if (this.isTerminal && !this.over.signal.aborted) this.input.prompt(true);
  }
}
