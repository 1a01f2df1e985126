import type { CreateTaskDto } from '../http/tasks/create-task.dto.js';

/** Creates a task: stores one event. */
export class CreateTaskCommand {
  constructor(
    readonly request: CreateTaskDto,
    /** Makes the creation repeatable: the same key in the same workspace is the same task. */
    readonly idempotencyKey: string | undefined,
    readonly correlationId: string,
  ) {}
}
