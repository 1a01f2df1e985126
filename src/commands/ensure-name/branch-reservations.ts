import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import { Value } from '@sinclair/typebox/value';
import { crashPoint } from '../../crash-point.js';
import type { Clock } from '../../clock.js';
import { UndecodableEventError } from '../../events/codec.js';
import { WrongExpectedRevisionError, type EventStore } from '../../events/store/event-store.js';
import {
  BRANCH_RESERVED,
  BranchReservedSchema,
  branchStream,
  type BranchReserved,
} from '../../events/task-events.js';
import type { Task } from '../../events/task-state.js';
import { CLOCK, EVENT_STORE } from '../../tokens.js';
import type { CommandContext } from '../command-context.js';

const REMEMBERED = 50_000;

/** Branch names are unique in a project because their streams can be begun only once. */
@Injectable()
export class BranchReservations {
  /** Who has a branch, by its stream: known for ever once it is known. Many tasks of one wish would else all ask again. */
  private readonly holders = new LRUCache<string, string>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  private readonly asking = new Map<string, Promise<string>>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Reserves the branch for the task; true also when the task has it already, false when another has it. */
  async reserve(task: Task, branchName: string, context: CommandContext): Promise<boolean> {
    const stream = branchStream(task.projectId, branchName);
    return (await this.holderAfter(stream, task, branchName, context)) === task.taskId;
  }

  /** Who has the branch once the task has tried to get it. Of those who want one at a time only one asks the store. */
  private async holderAfter(
    stream: string,
    task: Task,
    branchName: string,
    context: CommandContext,
  ): Promise<string> {
    const known = this.holders.get(stream) ?? this.asking.get(stream);
    if (known !== undefined) return known;
    const asked = this.tryReserve(stream, task, branchName, context);
    this.asking.set(stream, asked);
    try {
      const holder = await asked;
      this.holders.set(stream, holder);
      return holder;
    } finally {
      this.asking.delete(stream);
    }
  }

  private async tryReserve(
    stream: string,
    task: Task,
    branchName: string,
    { correlationId, causationId, actor }: CommandContext,
  ): Promise<string> {
    const commandId = randomUUID();
    const data: BranchReserved = {
      taskId: task.taskId,
      projectId: task.projectId,
      branchName,
      at: this.clock.now().toISOString(),
    };
    const metadata = {
      $correlationId: correlationId,
      $causationId: causationId,
      commandId,
      actor,
      schemaVersion: 1,
    };
    try {
      crashPoint('branch.before-reserve');
      await this.store.append(
        stream,
        [{ id: commandId, type: BRANCH_RESERVED, data, metadata }],
        'no_stream',
      );
      crashPoint('branch.after-reserve');
      return task.taskId;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      return this.holder(stream);
    }
  }

  private async holder(stream: string): Promise<string> {
    for await (const { data } of this.store.readStream(stream, { limit: 1 })) {
      if (Value.Check(BranchReservedSchema, data)) return data.taskId;
    }
    throw new UndecodableEventError(`${stream} does not begin with ${BRANCH_RESERVED}`);
  }
}
