import type { LinkStatus, TaskRecord } from '@slipway/client';
import { Picture, print } from '../output.js';
import { PROVISIONING_STAGES, STATUS_OF_STAGE, type TaskStatus } from '../../events/task/vocabulary.js';

const STEPS: readonly TaskStatus[] = [
  'init_enqueue_provision',
  ...PROVISIONING_STAGES.map((stage) => STATUS_OF_STAGE[stage]),
  'running',
];
const FRAME_MS = 100;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Statuses after which nothing happens by itself. */
export const isSettled = (status: TaskStatus): boolean =>
  ['running', 'error', 'archived', 'sleeping', 'killed'].includes(status);

/**
 * Draws a task's stages while they happen, each with how long it took. On a terminal the picture is
 * redrawn in place; elsewhere each change is a line.
 */
export class StageDrawing {
  private readonly entered = new Map<TaskStatus, number>();
  private record?: TaskRecord;
  private readonly picture = new Picture();
  private timer?: NodeJS.Timeout;
  private frame = 0;
  /** Why nothing new comes just now. */
  private lost: string | null = null;

  /** Takes in the task's next state. */
  update(record: TaskRecord): void {
    const previous = this.record;
    this.record = record;
    if (!this.entered.has(record.status)) this.entered.set(record.status, Date.parse(record.updatedAt));
    if (!this.picture.isShown) {
      if (previous?.status !== record.status || previous.statusMessage !== record.statusMessage) {
        const since = Date.parse(record.updatedAt) - Date.parse(record.createdAt);
        print(`${seconds(since).padStart(8)}  ${record.status.padEnd(24)} ${record.statusMessage}`);
      }
      return;
    }
    this.timer ??= setInterval(() => this.draw(), FRAME_MS);
    this.draw();
  }

  /** Takes in how the connection is: says so when it is lost, and when it is back. */
  link({ phase, reason }: LinkStatus): void {
    if (phase !== 'live' && phase !== 'down') return;
    const { lost } = this;
    this.lost = phase === 'down' ? linkLost(reason) : null;
    if (this.picture.isShown) this.draw();
    else if (this.lost === null && lost !== null) print('Connected again.');
    else if (this.lost !== null && lost === null) print(this.lost);
  }

  /** Draws once more and leaves the picture. */
  end(): void {
    clearInterval(this.timer);
    if (this.picture.isShown && this.record) this.draw();
  }

  private draw(): void {
    const { record } = this;
    if (!record) return;
    const rows = [...STEPS.map((step) => this.row(step, record)), ''];
    if (!STEPS.includes(record.status)) rows.push(`  ✗ ${record.status}`);
    rows.push(`  ${record.statusMessage}`, this.lost === null ? '' : `  ${this.lost}`);
    this.picture.draw(rows);
    this.frame++;
  }

  private row(step: TaskStatus, record: TaskRecord): string {
    const index = STEPS.indexOf(step);
    const from = this.entered.get(step);
    const until = STEPS.slice(index + 1)
      .map((later) => this.entered.get(later))
      .find((time) => time !== undefined);
    if (record.status === step && !isSettled(step)) {
      const attempt = record.attempt > 1 ? `  attempt ${record.attempt}` : '';
      return `  ${SPINNER[this.frame % SPINNER.length]} ${step.padEnd(24)} ${seconds(Date.now() - (from ?? Date.now()))}${attempt}`;
    }
    if (record.status === step) return `  ✔ ${step}`;
    if (until !== undefined)
      return `  ✔ ${step.padEnd(24)} ${from === undefined ? '' : seconds(until - from)}`;
    return `  · ${step}`;
  }
}

/** What is said of a connection that is down. */
export const linkLost = (reason: string | null): string => `Connection lost: ${reason}. Trying again …`;

const seconds = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`);
