import { codecOf } from '../codec.js';
import { TASK_EVENT_SCHEMAS, type TaskEvent } from './task-events.js';

/** Between a task's events and what is stored of them. */
export const { encode, decode } = codecOf<TaskEvent>(TASK_EVENT_SCHEMAS);
