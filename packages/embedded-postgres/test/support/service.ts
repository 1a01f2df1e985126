import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const SCRIPT = fileURLToPath(new URL('./service-process.mjs', import.meta.url));
export const LAUNCHER = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

export interface ServiceOptions {
  readonly dataDir: string;
  readonly uid?: number;
  /** Write rows from this number on; 0 or nothing writes none. */
  readonly writeFrom?: number;
  readonly launcher?: string;
}

interface Line {
  readonly ready?: { readonly url: string; readonly pid: number };
  readonly refused?: { readonly reason: string; readonly message: string };
  readonly acknowledged?: number;
}

/** A process of its own that uses the launcher, to be killed without warning. */
export class Service {
  private readonly child: ChildProcess;
  private readonly lines: Line[] = [];

  constructor({ dataDir, uid, writeFrom, launcher = LAUNCHER }: ServiceOptions) {
    this.child = spawn(
      process.execPath,
      [SCRIPT, launcher, dataDir, ...(writeFrom ? [String(writeFrom)] : [])],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        ...(uid === undefined ? {} : { uid, gid: uid }),
      },
    );
    createInterface(this.child.stdout as NodeJS.ReadableStream).on('line', (line) =>
      this.lines.push(JSON.parse(line) as Line),
    );
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** The highest row that was acknowledged so far; 0 before the first. */
  get acknowledged(): number {
    return this.lines.findLast((line) => line.acknowledged !== undefined)?.acknowledged ?? 0;
  }

  async answer(): Promise<Line> {
    return until('the launcher to start or refuse', () =>
      this.lines.find((line) => line.ready ?? line.refused),
    );
  }

  async ready(): Promise<{ url: string; pid: number }> {
    const { ready, refused } = await this.answer();
    if (ready === undefined) throw new Error(refused?.message);
    return ready;
  }

  /** Ends it with the signal and waits until it is gone. Nothing happens if it is gone already. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'close');
    this.child.kill(signal);
    await gone;
  }
}
