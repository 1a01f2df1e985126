import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the lines say of one task. */
export interface SimulatedSandbox {
  named: boolean;
  made: boolean;
  running: boolean;
  /** Setups that have ended, by the number of the try. */
  readonly setups: Set<string>;
  readonly agents: Set<string>;
  readonly sessions: Set<string>;
  /** Sessions that ended with their agent. */
  readonly ended: Set<string>;
  /** How many agents a session has had that somebody attached to. */
  readonly attached: Map<string, number>;
  /** Attempts by stage, kept only for stages that are told to fail. */
  readonly tried: Map<string, number>;
}

/** `verb` done for `taskId`; `detail` is the agent type, the session id or the stage that was tried. */
export interface SandboxLine {
  readonly verb:
    'named' | 'made' | 'setup' | 'agent' | 'session' | 'attached' | 'tried' | 'released' | 'destroyed';
  readonly taskId: string;
  readonly detail?: string;
}

interface Waiting {
  readonly text: string;
  readonly line: SandboxLine;
  readonly resolve: (first: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const WORD = /^[A-Za-z0-9._:-]{1,100}$/;

/**
 * An append-only file of `verb taskId detail nonce` lines and the index over it. Lines of one turn of the
 * event loop go out in one write. Several processes may share the file: the first line in file order
 * does the work, and a later one that says the same again changes nothing.
 */
export class SandboxLines {
  private readonly fd: number;
  private readonly tasks = new Map<string, SimulatedSandbox>();
  private readonly own = new Map<string, Waiting>();
  private readonly run = randomBytes(4).toString('hex');
  private readonly onWork: (lines: readonly SandboxLine[]) => void;
  private queue: Waiting[] = [];
  private lines = 0;
  private offset = 0;
  private open = true;

  /** @param onWork gets the lines of this process that did something, before their writers hear of it */
  constructor(file: string, onWork: (lines: readonly SandboxLine[]) => void) {
    this.onWork = onWork;
    mkdirSync(dirname(file), { recursive: true });
    this.fd = openSync(file, 'a+', 0o600);
    this.catchUp();
    // A writer that died within a line: what follows must begin on a line of its own.
    if (fstatSync(this.fd).size > this.offset) writeSync(this.fd, '\n');
  }

  /** The task as all processes have written it so far. */
  find(taskId: string): SimulatedSandbox | undefined {
    this.catchUp();
    return this.tasks.get(taskId);
  }

  entries(): IterableIterator<[string, SimulatedSandbox]> {
    this.catchUp();
    return this.tasks.entries();
  }

  /** Resolves once the line is in the file: true if it did something, false if that was done already. */
  append(line: SandboxLine): Promise<boolean> {
    const words = [line.verb, line.taskId, line.detail ?? '-', `${this.run}.${this.lines++}`];
    const bad = words.find((word) => !WORD.test(word));
    if (bad !== undefined) return Promise.reject(new TypeError(`"${bad.slice(0, 100)}" is not a plain word`));
    if (!this.open) return Promise.reject(new Error('The simulated provider is closed'));
    return new Promise((resolve, reject) => {
      if (this.queue.length === 0) setImmediate(() => this.flush());
      this.queue.push({ text: words.join(' '), line, resolve, reject });
    });
  }

  close(): void {
    this.flush();
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private flush(): void {
    const batch = this.queue;
    if (batch.length === 0) return;
    this.queue = [];
    try {
      const bytes = Buffer.from(`${batch.map(({ text }) => text).join('\n')}\n`);
      const written = writeSync(this.fd, bytes);
      // A full disk cuts a write short; the blank line keeps the torn one apart from the next.
      if (written !== bytes.length) {
        writeSync(this.fd, '\n');
        throw new Error('The file of simulated sandboxes could not be written completely');
      }
      for (const waiting of batch) this.own.set(waiting.text, waiting);
      if (fstatSync(this.fd).size === this.offset + bytes.length) {
        this.offset += bytes.length;
        this.apply(batch.map(({ text }) => text));
      } else {
        this.catchUp();
      }
    } catch (error) {
      for (const waiting of batch) {
        this.own.delete(waiting.text);
        waiting.reject(error);
      }
    }
  }

  /** Reads what was added since, by whichever process. */
  private catchUp(): void {
    const size = this.open ? fstatSync(this.fd).size : this.offset;
    if (size <= this.offset) return;
    const bytes = Buffer.allocUnsafe(Math.min(size - this.offset, 1 << 20));
    const read = readSync(this.fd, bytes, 0, bytes.length, this.offset);
    const end = bytes.subarray(0, read).lastIndexOf(10);
    if (end < 0) return;
    this.offset += end + 1;
    this.apply(bytes.toString('latin1', 0, end).split('\n'));
    this.catchUp();
  }

  private apply(texts: readonly string[]): void {
    const settled: [Waiting, boolean][] = [];
    for (const text of texts) {
      const [verb, taskId, detail, nonce] = text.split(' ');
      if (!verb || !taskId || !detail || !nonce) continue;
      const first = this.change(verb, taskId, detail);
      const waiting = this.own.get(text);
      if (waiting && this.own.delete(text)) settled.push([waiting, first]);
    }
    const work = settled.filter(([, first]) => first).map(([{ line }]) => line);
    if (work.length > 0) this.onWork(work);
    for (const [waiting, first] of settled) waiting.resolve(first);
  }

  private change(verb: string, taskId: string, detail: string): boolean {
    if (verb === 'destroyed') return this.tasks.delete(taskId);
    let task = this.tasks.get(taskId);
    if (!task) {
      task = newSandbox();
      this.tasks.set(taskId, task);
    }
    switch (verb) {
      case 'named':
        return !task.named && (task.named = true);
      case 'made':
        return !task.made && (task.made = true);
      case 'setup':
        return !task.setups.has(detail) && Boolean(task.setups.add(detail));
      case 'agent':
        task.running = true;
        return !task.agents.has(detail) && Boolean(task.agents.add(detail));
      case 'session':
        return !task.sessions.has(detail) && Boolean(task.sessions.add(detail));
      case 'attached':
        // It takes up a session that ended with its sandbox's release as well.
        task.running = true;
        task.sessions.add(detail);
        task.ended.delete(detail);
        task.attached.set(detail, (task.attached.get(detail) ?? 0) + 1);
        return true;
      case 'tried':
        task.tried.set(detail, (task.tried.get(detail) ?? 0) + 1);
        return true;
      case 'released':
        task.agents.clear();
        for (const session of task.sessions) task.ended.add(session);
        task.sessions.clear();
        return task.running && !(task.running = false);
      default:
        return false;
    }
  }
}

function newSandbox(): SimulatedSandbox {
  return {
    named: false,
    made: false,
    running: false,
    setups: new Set(),
    agents: new Set(),
    sessions: new Set(),
    ended: new Set(),
    attached: new Map(),
    tried: new Map(),
  };
}
