import type { TaskEventData } from './task-events.js';
import { requestedSession } from './task-sessions.js';
import type { Task } from './task-state.js';

/** The task as it is created: waiting for its first stage. */
export function created(data: TaskEventData<'TaskCreated'>): Task {
  return {
    taskId: data.taskId,
    workspaceId: data.workspaceId,
    projectId: data.projectId,
    repoRemote: data.repoRemote,
    task: data.task,
    title: data.title ?? null,
    branchName: data.branchName ?? null,
    branchWish: data.branchName ?? null,
    takenBranches: [],
    onBranch: data.onBranch ?? null,
    providerId: data.providerId,
    agentType: data.agentType,
    status: 'init_enqueue_provision',
    statusMessage: 'Waiting to be provisioned',
    stage: 'ensure_name',
    attempt: 1,
    started: false,
    error: null,
    sandboxId: null,
    sandboxPath: null,
    notices: [],
    sessionId: data.sessionId,
    sessions: [requestedSession({ ...data, prompt: data.task }, 'pending_provision')],
    keepBranch: false,
    kept: null,
    requestHash: data.requestHash ?? null,
    createdAt: data.at,
    updatedAt: data.at,
  };
}
