import type { SlipwayClient, TranscriptEntry } from '@slipway/client';
import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { reasonOf } from '../../platform/reason.js';
import { printAbove } from '../output.js';
import { EntryLines } from '../sessions/entry-lines.js';
import { followEntries } from '../sessions/follow-entries.js';

type Question = Extract<TranscriptEntry, { kind: 'permission' }>;

export interface ChatStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

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
  /** What is over, as the transcript tells: it may tell so before the answer to the asking is here. */
  private readonly done = new Set<string>();
  /** Columns of the line that grows above the one that is typed. */
  private tailWidth = 0;
  /** What could not be asked, for all that is known: asked again it keeps its key, so that it is asked once. */
  private lastTry = { text: '', key: '' };
  /** The prompt that the agent works on, as far as the transcript tells. */
  private turn: string | null = null;
  private isOver = false;
  /** Lines that were typed and are on their way to the service. */
  private unsaid = 0;
  private asked: Promise<void> = Promise.resolve();
  private hasCancelled = false;
  /** What a Ctrl-C is to stop: when it is over, the next one stops again, and does not leave. */
  private readonly stopping = new Set<string>();
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
    input.on('line', (line) => {
      this.unsaid++;
      this.asked = this.asked.then(() => this.said(line.trim())).finally(() => this.unsaid--);
    });
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
    for await (const news of followEntries(this.client, { ...this.session, signal, onTrouble })) {
      switch (news.type) {
        case 'activity':
          this.isOver = news.activity === 'ended';
          break;
        case 'delta':
          this.lines.delta(news.delta);
          this.show([]);
          break;
        case 'entry':
          this.note(news.entry);
          this.show(this.lines.of(news.entry));
          this.leaveIfDone();
      }
    }
    this.show(this.lines.rest());
    if (!this.isOver) return 0;
    this.tell('The session is over.');
    return 1;
  }

  private note(entry: TranscriptEntry): void {
    if (entry.kind === 'permission') {
      const index = this.questions.findIndex(({ permissionId }) => permissionId === entry.permissionId);
      if (entry.state === 'pending') this.questions.push(entry);
      else if (index >= 0) this.questions.splice(index, 1);
    } else if (entry.kind === 'turn_ended') this.close(entry.promptId);
    else if (entry.kind === 'prompt' && entry.state === 'sent') this.turn = entry.promptId;
    else if (entry.kind === 'prompt' && entry.state === 'withdrawn') this.close(entry.promptId);
    else if (entry.kind === 'notice' && entry.code === 'prompt_unsure') this.close(entry.promptId ?? '');
  }

  private close(promptId: string): void {
    if (this.turn === promptId) this.turn = null;
    this.open.delete(promptId);
    this.done.add(promptId);
    if (this.stopping.delete(promptId) && this.stopping.size === 0) this.hasCancelled = false;
  }

  private leaveIfDone(): void {
    if (this.hasEnded && this.open.size === 0) this.over.abort();
  }

  /** A line is the number of an option where a question waits, else a prompt. */
  private async said(line: string): Promise<void> {
    if (line === '') return this.show([]);
    const { taskId, sessionId } = this.session;
    try {
      if (await this.answered(line)) return;
      if (this.lastTry.text !== line) this.lastTry = { text: line, key: randomUUID() };
      const { key: idempotencyKey } = this.lastTry;
      const { promptId } = await this.client.queuePrompt(taskId, sessionId, line, { idempotencyKey });
      this.lastTry = { text: '', key: '' };
      if (!this.done.has(promptId)) this.open.add(promptId);
    } catch (error) {
      this.tell(reasonOf(error));
      // It was cleared when it was sent.
      if (this.isTerminal && this.input.line === '') this.input.write(line);
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
        (error: unknown) => this.tell(reasonOf(error)),
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
    if (this.hasCancelled || (this.unsaid === 0 && !this.isBusy)) return this.over.abort();
    this.hasCancelled = true;
    this.stop().catch((error: unknown) => this.tell(reasonOf(error)));
  }

  private get isBusy(): boolean {
    return this.turn !== null || this.open.size > 0;
  }

  /** What the agent does is stopped; where it has not begun, what it was to do is taken back. */
  private async stop(): Promise<void> {
    // What is on its way has to be there first; by then it may be over.
    await this.asked;
    if (!this.isBusy) return this.over.abort();
    this.tell('Asking the agent to stop; Ctrl-C again leaves.');
    const { taskId, sessionId } = this.session;
    for (const promptId of this.turn === null ? this.open : [this.turn]) this.stopping.add(promptId);
    if (this.turn === null)
      for (const promptId of this.open)
        // Refused where the agent has it by now.
        await this.client.withdrawPrompt(taskId, sessionId, promptId).catch(() => undefined);
    await this.client.cancelTurn(taskId, sessionId);
  }

  /** What was read from a pipe is waited for. */
  private endOfInput(): void {
    if (this.isTerminal) return this.over.abort();
    void this.asked.then(() => {
      this.hasEnded = true;
      this.leaveIfDone();
    });
  }

  private tell(text: string): void {
    this.show([`  ! ${text}`]);
  }

  private show(lines: readonly string[]): void {
    const { output } = this.streams;
    if (!this.isTerminal) return void printAbove(lines, null, output);
    const { columns = 80 } = output;
    const row = this.input.getCursorPos().rows + Math.ceil(this.tailWidth / columns);
    this.tailWidth = printAbove(lines, { row, tail: this.lines.tail }, output);
    if (!this.over.signal.aborted) this.input.prompt(true);
  }
}
