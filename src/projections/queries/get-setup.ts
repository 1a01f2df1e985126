import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { decode } from '../../events/task/fold.js';
import { taskStream } from '../../events/task/task-events.js';
import type { SetupRecord } from '../../events/task/task-record.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import type { EventStore } from '../../store/event-store.js';
import { taskNotFound } from './task-not-found.js';

/** A task's setup, with all of its output that is stored; null where there is none to run. */
export interface SeenSetup {
  readonly providerId: string;
  readonly setup: SetupRecord | null;
}

export class GetSetup extends Query<SeenSetup> {
  constructor(readonly taskId: string) {
    super();
  }
}

/** Answers from the stream: the row has the end of the output alone. */
@QueryHandler(GetSetup)
export class GetSetupHandler implements IQueryHandler<GetSetup> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
  ) {}

  async execute({ taskId }: GetSetup): Promise<SeenSetup> {
    const { state: task } = await this.streams.shown(taskId);
    if (task === null) throw taskNotFound(taskId);
    const { providerId, setup } = task;
    if (setup === null) return { providerId, setup };
    const { source, state } = setup;
    const isOver = state === 'done' || state === 'failed';
    return { providerId, setup: { source, state, output: isOver ? await this.lastOutput(taskId) : null } };
  }

  private async lastOutput(taskId: string): Promise<string | null> {
    let output: string | null = null;
    for await (const stored of this.store.readStream(taskStream(taskId))) {
      if (stored.type !== 'SetupFinished' && stored.type !== 'SetupFailed') continue;
      const event = decode(stored);
      if (event?.type === 'SetupFinished' || event?.type === 'SetupFailed') output = event.data.output;
    }
    return output;
  }
}
