import { sleepStep } from '../events/task/lifecycle.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { resume } from './decide-ways.js';

/* A sandbox that stops by itself and is woken. A part of the decider, as pure as the rest. */

/**
 * The stop is an archive that says why: its intent wakes the saga, which releases the sandbox. What happens in the task
 * meanwhile moves the deadline, so that whoever asks too early, or twice, is told nothing.
 */
export function sleepIfDue(task: Task, at: string): TaskEvent[] {
  const step = sleepStep(task, at);
  if (step === null) return [];
  const data = { for: step.deadline.for, deadline: step.deadline.at };
  return step.do === 'warn'
    ? [{ type: 'SleepWarned', data: { ...data, at } }]
    : [{ type: 'ArchiveRequested', data: { sleep: data, at } }];
}

/** Stored only where it moves a deadline: a sandbox that does not stop for want of activity is not told of every shell. */
export function noteTyping({ status, lifecycle }: Task, until: string, at: string): TaskEvent[] {
  if (status !== 'running' || !lifecycle?.idleStopAfter) return [];
  if (lifecycle.typedUntil !== undefined && lifecycle.typedUntil >= until) return [];
  return [{ type: 'TerminalUsed', data: { until, at } }];
}

export const wake = (task: Task, at: string): TaskEvent[] =>
  task.status === 'sleeping' ? resume(task, at) : [];

/** A task that somebody asked something while its sandbox was being stopped is woken as soon as it has. */
export function wakeIfAsked(task: Task, at: string): TaskEvent[] {
  return task.lifecycle?.asleep?.isAsked ? resume({ ...task, status: 'sleeping' }, at) : [];
}
