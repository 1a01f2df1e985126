import { Inject, Injectable } from '@nestjs/common';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { TaskStreams } from '../store/task-streams.js';
import { decide } from './decide.js';
import { Executor, type Executed } from './executor.js';
import type { TaskCommand } from './task-commands.js';

/** What a command did to its task. */
export type ExecutedOnTask = Executed<Task, TaskEvent>;

/** Carries out commands for tasks. */
@Injectable()
export class TaskExecutor extends Executor<Task, TaskEvent, TaskCommand> {
  constructor(@Inject(TaskStreams) streams: TaskStreams) {
    super(streams, decide);
  }
}
