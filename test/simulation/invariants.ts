import { branchDigest } from '../../src/sagas/stages/branch-reservations.js';
import { decode } from '../../src/events/task/fold.js';
import type { StoredEvent } from '../../src/events/stored-event.js';
import {
  BRANCH_RESERVED,
  taskIdOfStream,
  taskStream,
  type BranchReserved,
  type TaskEvent,
} from '../../src/events/task/task-events.js';
import { asksForAnotherName, evolve } from '../../src/events/task/evolve.js';
import type { Task, TaskState } from '../../src/events/task/task-state.js';
import type { Stage, TaskStatus } from '../../src/events/task/vocabulary.js';
import { ARROWS } from '../support/arrows.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Told } from './clients.js';
import type { Host } from './host.js';
import type { Service } from './service.js';
import type { SimulatedStore } from './simulated-store.js';
import type { SimulatedWorld } from './simulated-world.js';

const AT_REST: readonly TaskStatus[] = ['running', 'error', 'archived', 'killed'];
/** A process may act on what it read so long ago: FRESH_MS of the process manager, and a way through the network. */
const OUT_OF_DATE_MS = 1_100;

/** What has to be true whatever the weather was. Everything is compared with the streams: they are the truth. */
export class Invariants {
  readonly violations: string[] = [];
  private readonly folds = new Map<string, { readonly stored: number; readonly task: Task | null }>();

  constructor(
    private readonly store: SimulatedStore,
    private readonly clock: VirtualClock,
  ) {}

  /** Before an effect its intent is stored; and nobody who could know better works for a task that is gone. */
  effectBegins(host: Host, stage: Stage, taskId: string): void {
    const events = this.storedIn(taskId);
    const isIntent = ({ type, data }: StoredEvent) =>
      type === 'StageStarted' && (data as { stage: Stage }).stage === stage;
    if (!events.some(isIntent)) {
      this.fail(taskId, `${stage} was begun before its intent was stored`);
    }
    const last = events.at(-1);
    if (last?.type === 'TaskKilled' && !this.mayNotKnow(host, last)) {
      this.fail(taskId, `${stage} was begun by ${host.name} after the task was killed`);
    }
  }

  /** What another process stored, or the store after its writer gave up, is found out after a moment only. */
  private mayNotKnow(host: Host, { id, created }: StoredEvent): boolean {
    if (host.isStale) return true;
    const isOwn = this.store.writers.get(id) === host;
    return !isOwn && this.clock.now().getTime() - created.getTime() <= OUT_OF_DATE_MS;
  }

  /** Everything has come to its end. */
  atRest(world: SimulatedWorld, told: readonly Told[], services: readonly Service[]): void {
    for (const { type, stream } of this.store.group.outstanding) {
      this.violations.push(`${type} of ${stream} was never acknowledged`);
    }
    for (const { event, reason } of this.store.group.parked) {
      this.violations.push(`${event.type} of ${event.stream} was parked: ${reason}`);
    }
    for (const { host, inFlight } of services) {
      if (inFlight.size > 0) this.violations.push(`${host.name} still has something in flight`);
    }
    for (const taskId of this.taskIds()) this.history(taskId);
    this.branches();
    for (const one of told) this.kept(one);
    for (const taskId of this.taskIds()) this.audit(world, taskId);
    for (const taskId of world.sandboxes.keys()) {
      if (this.task(taskId) === null) this.fail(taskId, 'has a sandbox and no events');
    }
  }

  /** Retry has brought every task out of error. */
  nothingIsStuck(told: readonly Told[]): void {
    for (const { taskId } of told) {
      const status = this.statusOf(taskId);
      const { error, branchWish } = this.task(taskId)!;
      // What the caller wants and cannot have is the caller's to change.
      if (error?.code === 'branch_taken' && branchWish !== null) continue;
      if (status === 'error' || !AT_REST.includes(status))
        this.fail(taskId, `is stuck at ${status} after a retry`);
    }
  }

  /** After everything was killed only what finished late is left, and comparing the lists finds it. */
  everythingIsGone(world: SimulatedWorld, told: readonly Told[]): void {
    for (const { taskId } of told) {
      if (this.statusOf(taskId) !== 'killed') this.fail(taskId, `is ${this.statusOf(taskId)} after a kill`);
    }
    for (const { taskId } of world.list()) {
      if (this.statusOf(taskId) !== 'killed') continue;
      if (!this.cameAfter(world, taskId, 'sandbox', 'TaskKilled'))
        this.fail(taskId, 'was killed, its sandbox was not');
      world.destroy(taskId);
    }
    for (const { taskId } of world.list()) {
      if (told.some((one) => one.taskId === taskId)) this.fail(taskId, 'could not be reaped');
    }
  }

  statusOf(taskId: string): TaskStatus {
    return this.task(taskId)!.status;
  }

  /** The stream decodes, begins with its creation, and moves along the arrows. */
  private history(taskId: string): void {
    let task: TaskState = null;
    const attempts = new Set<string>();
    const opened = new Set<string>();
    this.eventsOf(taskId).forEach((event, index) => {
      if ((event.type === 'TaskCreated') !== (index === 0)) this.fail(taskId, `${event.type} at ${index}`);
      const before: TaskState = task;
      task = evolve(task, event)!;
      if (before !== null && task.status !== before.status && !ARROWS[before.status].includes(task.status)) {
        this.fail(taskId, `went from ${before.status} to ${task.status}`);
      }
      if (before?.status === 'killed') this.fail(taskId, `${event.type} after it was killed`);
      if (before?.sandboxId && !task.sandboxId) this.fail(taskId, 'forgot its sandbox');
      if (event.type === 'StageFailed' && asksForAnotherName(event.data)) attempts.clear();
      if (event.type === 'RetryRequested' || event.type.endsWith('Requested')) attempts.clear();
      if (event.type === 'StageStarted') {
        const attempt = `${event.data.stage} #${event.data.attempt}`;
        if (attempts.has(attempt)) this.fail(taskId, `${attempt} was started twice`);
        attempts.add(attempt);
      }
      if (event.type === 'SessionCreated') {
        if (opened.has(event.data.sessionId)) this.fail(taskId, 'opened a session twice');
        opened.add(event.data.sessionId);
      }
    });
    const { status } = this.task(taskId)!;
    if (!AT_REST.includes(status)) this.fail(taskId, `is stuck at ${status}`);
  }

  /** A branch belongs to one task and a task has at most one branch. */
  private branches(): void {
    const byTask = new Map<string, string>();
    for (const { type, data } of this.store.log) {
      if (type !== BRANCH_RESERVED) continue;
      const { taskId, branchName } = data as BranchReserved;
      const before = byTask.get(taskId);
      if (
        before !== undefined &&
        before !== branchName &&
        !this.task(taskId)!.takenBranches.map(branchDigest).includes(before)
      )
        this.fail(taskId, `reserved ${before} and ${branchName}`);
      byTask.set(taskId, branchName);
    }
    const live: string[] = [];
    for (const taskId of this.taskIds()) {
      const { branchName, status, sandboxId } = this.task(taskId)!;
      const isNamed = this.storedIn(taskId).some(({ type }) => type === 'TaskNamed');
      if (!isNamed || branchName === null) continue;
      if (byTask.get(taskId) !== branchDigest(branchName))
        this.fail(taskId, 'has a branch that is not reserved');
      if (status !== 'killed' || sandboxId !== null) live.push(branchName);
    }
    for (const [index, name] of live.entries()) {
      const clash = live
        .slice(index + 1)
        .find((other) => `${other}/`.startsWith(`${name}/`) || `${name}/`.startsWith(`${other}/`));
      if (clash !== undefined) this.violations.push(`two tasks share a branch: ${name}, ${clash}`);
    }
  }

  /** What callers were told has become true, and nothing that nobody asked for. */
  private kept({ taskId, answers }: Told): void {
    const task = this.task(taskId);
    if (task === null) return this.fail(taskId, 'was accepted and is lost');
    const wished = (wish: string) => answers.filter((answer) => answer.wish === wish);
    const accepted = (wish: string) => wished(wish).some(({ outcome }) => outcome === 'accepted');
    const { status, error } = task;
    const killed = status === 'killed' || error?.stage === 'destroy_sandbox';
    const archived = status === 'archived' || error?.stage === 'release_sandbox';
    if (accepted('kill') && !killed) this.fail(taskId, `is ${status} after an accepted kill`);
    if (killed && wished('kill').length === 0) this.fail(taskId, 'was killed and nobody asked for it');
    if (accepted('archive') && !archived && !killed)
      this.fail(taskId, `is ${status} after an accepted archive`);
    if (archived && wished('archive').length === 0) this.fail(taskId, 'was archived and nobody asked for it');
    if (task.sessions.length > 1 + wished('session').length)
      this.fail(taskId, 'has more sessions than were asked for');
    for (const { sessionId } of wished('session')) {
      if (sessionId === undefined) continue;
      const session = task.sessions.find((one) => one.sessionId === sessionId);
      if (session === undefined) this.fail(taskId, `lost its session ${sessionId}`);
      else if (status === 'running' && session.state !== 'ready' && session.state !== 'error') {
        this.fail(taskId, `runs, and its session ${sessionId} is ${session.state}`);
      }
    }
  }

  /** What the events say and what the world has are the same, but for what finished late. */
  private audit(world: SimulatedWorld, taskId: string): void {
    const task = this.task(taskId)!;
    const sandbox = world.sandboxes.get(taskId);
    const known = new Set(task.sessions.map(({ sessionId }) => sessionId));
    for (const sessionId of sandbox?.sessions ?? []) {
      if (!known.has(sessionId)) this.fail(taskId, `has a session that nobody asked for: ${sessionId}`);
    }
    switch (task.status) {
      case 'running':
        if (!sandbox?.running) return this.fail(taskId, 'runs without a running sandbox');
        if (task.setup !== null && !sandbox.setUp) return this.fail(taskId, 'runs without its setup');
        for (const { sessionId, state } of task.sessions) {
          if (state === 'ready' && !sandbox.sessions.has(sessionId))
            this.fail(taskId, `session ${sessionId} is not there`);
        }
        return;
      case 'archived':
        if (sandbox === undefined) {
          if (task.sandboxId !== null) this.fail(taskId, 'was archived and its files are gone');
        } else if (sandbox.running && !this.cameAfter(world, taskId, 'agent', 'TaskArchived')) {
          this.fail(taskId, 'was archived and still runs');
        }
        return;
      case 'killed':
        if (sandbox !== undefined && !this.cameAfter(world, taskId, 'sandbox', 'TaskKilled')) {
          this.fail(taskId, 'was killed, its sandbox was not');
        }
    }
  }

  /** Whether the effect was seen only after the event was stored: somebody finished late. */
  private cameAfter(world: SimulatedWorld, taskId: string, what: string, type: string): boolean {
    const stream = taskStream(taskId);
    const stored = this.store.log.findIndex((event) => event.stream === stream && event.type === type);
    const last = world.ledger.findLast((line) => line.taskId === taskId && line.what.startsWith(what));
    return stored >= 0 && last !== undefined && last.stored > stored;
  }

  private taskIds(): string[] {
    return [...new Set(this.store.log.flatMap(({ stream }) => taskIdOfStream(stream) ?? []))];
  }

  private task(taskId: string): Task | null {
    const stored = this.store.log.length;
    const known = this.folds.get(taskId);
    if (known?.stored === stored) return known.task;
    const task = this.eventsOf(taskId).reduce<TaskState>(evolve, null);
    this.folds.set(taskId, { stored, task });
    return task;
  }

  private eventsOf(taskId: string): TaskEvent[] {
    return this.storedIn(taskId).map((event) => decode(event)!);
  }

  private storedIn(taskId: string): StoredEvent[] {
    const stream = taskStream(taskId);
    return this.store.log.filter((event) => event.stream === stream);
  }

  private fail(taskId: string, what: string): void {
    this.violations.push(`task ${taskId} ${what}`);
  }
}
