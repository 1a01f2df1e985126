import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { createHash, randomUUID } from 'node:crypto';
import { Value } from '@sinclair/typebox/value';
import { tracePoint } from '../../platform/trace-points.js';
import type { Clock } from '../../platform/clock.js';
import { UndecodableEventError } from '../../events/codec.js';
import {
  WrongExpectedRevisionError,
  type EventStore,
  type ExpectedRevision,
} from '../../store/event-store.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import {
  BRANCH_RESERVED,
  BranchReservedSchema,
  branchStream,
  type BranchReserved,
} from '../../events/task/task-events.js';
import type { Task } from '../../events/task/task-state.js';
import { CLOCK, EVENT_STORE } from '../../platform/tokens.js';
import type { CommandContext } from '../../commands/executor.js';

const REMEMBERED = 50_000;
/** Among so many events of a log its first reservation is looked for. */
const FIRST_EVENTS = 2_000;
/** Others may be writing to the same stream; each time one of them succeeds. */
const MAX_TRIES = 100;

/** Null when the task has the branch (now), else the branch that is in its way. */
type InTheWay = string | null;

/**
 * Who has which branch of a project. To git a branch is a file and what is before a slash is a folder, and nothing can
 * be both; so each part of a name has a stream, called by its digest, whose last event says what it is: the
 * branch of that task, or a folder with the branch of that task in it. Streams of earlier versions are called by the part itself:
 * where the log has any, they are looked at first. Appends with the revision that was looked at
 * decide between those who want it at the same time.
 *
 * A branch is the task's as long as the task may need it: one that was killed before it had a sandbox left nothing
 * under its name, so others may take that over. `killed` is for good, so this needs no event of its own.
 */
@Injectable()
export class BranchReservations {
  /** What was in the way of whom, by stream: most tasks of one wish would else all ask again. */
  private readonly holders = new LRUCache<string, string>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  private fromBefore?: Promise<boolean>;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Reserves a name that Slipway thought of; null also when the task has it already. Where others have it there are
   * more names, so what is known to be taken is not asked about again, and nothing is taken over.
   */
  async reserve(task: Task, branchName: string, context: CommandContext): Promise<InTheWay> {
    const stream = branchStream(task.projectId, branchDigest(branchName));
    const holder = this.holders.get(stream);
    if (holder !== undefined) return holder === task.taskId ? null : branchName;
    return this.claim(task, branchName, branchName, context, () => Promise.resolve(false));
  }

  /** Reserves the name that the caller wants, also from tasks that do not need it any more. */
  async reserveWish(task: Task, branchName: string, context: CommandContext): Promise<InTheWay> {
    const parts = branchName.split('/');
    const isGivenUp = async (taskId: string) => {
      const { state } = await this.streams.refresh(taskId);
      return state !== null && state.status === 'killed' && state.sandboxId === null;
    };
    // Folders first, so that whoever looks at one sees that the branch may be there.
    for (const [index] of parts.entries()) {
      const part = parts.slice(0, index + 1).join('/');
      const inTheWay = await this.claim(task, branchName, part, context, isGivenUp);
      if (inTheWay !== null) return inTheWay;
    }
    return null;
  }

  /** Makes a part of the name the task's branch, or a folder for it. */
  private async claim(
    task: Task,
    branchName: string,
    part: string,
    context: CommandContext,
    isGivenUp: (taskId: string) => Promise<boolean>,
  ): Promise<InTheWay> {
    if (await this.hasStreamsFromBefore()) {
      const before = await this.inTheWayFromBefore(task, part, branchName, isGivenUp);
      if (before !== null) return before;
    }
    const stream = branchStream(task.projectId, branchDigest(part));
    let expected: ExpectedRevision = 'no_stream';
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        tracePoint('branch.before-reserve', task.taskId);
        await this.append(stream, task, branchName, context, expected);
        tracePoint('branch.after-reserve', task.taskId);
        if (part === branchName) this.holders.set(stream, task.taskId);
        return null;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        expected = error.actual;
      }
      const last = await this.lastOf(stream, expected);
      if (last.taskId === task.taskId && last.branchName === branchDigest(branchName)) return null;
      const inTheWay = await this.inTheWay(stream, part, branchName, last, isGivenUp, branchDigest);
      if (inTheWay === null) continue;
      if (part === branchName) this.holders.set(stream, last.taskId);
      return inTheWay;
    }
    throw new Error(`${stream} is written to by too many at the same time`);
  }

  /** What keeps a part of the name from becoming what it is to be; null for nothing. */
  private async inTheWay(
    stream: string,
    part: string,
    branchName: string,
    last: BranchReserved,
    isGivenUp: (taskId: string) => Promise<boolean>,
    nameOf: (name: string) => string,
  ): Promise<InTheWay> {
    const isFolder = last.branchName !== nameOf(part);
    if (!isFolder) return (await isGivenUp(last.taskId)) ? null : part;
    if (part !== branchName) return null;
    // The last one first: it is the one that is most likely still needed.
    if (!(await isGivenUp(last.taskId))) return this.branchOf(last.taskId, part);
    for await (const stored of this.store.readStream(stream)) {
      const { taskId, branchName: inside } = reservationIn(stored.data, stream);
      if (inside !== nameOf(part) && !(await isGivenUp(taskId))) return this.branchOf(taskId, part);
    }
    return null;
  }

  /** What the task's branch is called, or what it is in. */
  private async branchOf(taskId: string, part: string): Promise<string> {
    const { state } = await this.streams.refresh(taskId);
    return state?.branchName ?? state?.branchWish ?? part;
  }

  /** As `inTheWay`, in what earlier versions stored. */
  private async inTheWayFromBefore(
    task: Task,
    part: string,
    branchName: string,
    isGivenUp: (taskId: string) => Promise<boolean>,
  ): Promise<InTheWay> {
    const stream = branchStream(task.projectId, part);
    let last: BranchReserved | undefined;
    for await (const { data } of this.store.readStream(stream)) last = reservationIn(data, stream);
    if (last === undefined || last.taskId === task.taskId) return null;
    return this.inTheWay(stream, part, branchName, last, isGivenUp, (name) => name);
  }

  /** Whether earlier versions may have written to this log: asked once. */
  private hasStreamsFromBefore(): Promise<boolean> {
    this.fromBefore ??= firstReservation(this.store).then((first) => first !== null && !DIGEST.test(first));
    this.fromBefore.catch(() => (this.fromBefore = undefined));
    return this.fromBefore;
  }

  private async append(
    stream: string,
    task: Task,
    branchName: string,
    { correlationId, causationId, actor }: CommandContext,
    expected: ExpectedRevision,
  ): Promise<void> {
    const commandId = randomUUID();
    const data: BranchReserved = {
      taskId: task.taskId,
      projectId: task.projectId,
      branchName: branchDigest(branchName),
      at: this.clock.now().toISOString(),
    };
    const metadata = {
      $correlationId: correlationId,
      $causationId: causationId,
      commandId,
      actor,
      workspaceId: task.workspaceId,
      schemaVersion: 1,
    };
    await this.store.append(stream, [{ id: commandId, type: BRANCH_RESERVED, data, metadata }], expected);
  }

  private async lastOf(stream: string, revision: bigint): Promise<BranchReserved> {
    for await (const { data } of this.store.readStream(stream, { from: revision, limit: 1 }))
      return reservationIn(data, stream);
    throw new UndecodableEventError(`${stream} has lost its event ${revision}`);
  }
}

const DIGEST = /^[0-9a-f]{64}$/;
/** What a branch is called in the log: its name may be a text that is to be erased. */
export const branchDigest = (name: string): string => createHash('sha256').update(name).digest('hex');

/** The name in the first reservation of the log; null where it has none, empty where that is not among its first events. */
async function firstReservation(store: EventStore): Promise<string | null> {
  let count = 0;
  for await (const { type, data, stream } of store.readAll({ limit: FIRST_EVENTS })) {
    count++;
    if (type === BRANCH_RESERVED) return reservationIn(data, stream).branchName;
  }
  return count < FIRST_EVENTS ? null : '';
}

function reservationIn(data: unknown, stream: string): BranchReserved {
  if (Value.Check(BranchReservedSchema, data)) return data;
  throw new UndecodableEventError(`${stream} holds what is no ${BRANCH_RESERVED}`);
}
