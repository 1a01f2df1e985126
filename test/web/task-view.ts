import type { HistoryItem, Stage, TaskRecord } from '@slipway/client';

const TASK_ID = '7b0f7f2e-5a55-4a55-9a55-000000000001';
export const SESSION_ID = '7b0f7f2e-5a55-4a55-9a55-000000000002';
export const START = Date.parse('2026-01-01T00:00:00.000Z');
export const timeOf = (second: number): string => new Date(START + second * 1_000).toISOString();

/** A task as the API shows it, on its way through the first stage. */
export const task = (over: Partial<TaskRecord> = {}): TaskRecord =>
  ({
    taskId: TASK_ID,
    workspaceId: 'default',
    repoRemote: 'https://git.example.com/acme/shop.git',
    task: 'fix: the cart forgets its items',
    title: null,
    branchName: null,
    status: 'init_ensure_name',
    stage: 'ensure_name',
    attempt: 1,
    error: null,
    setup: null,
    position: '100',
    updatedAt: timeOf(60),
    sessionId: SESSION_ID,
    sessions: [{ sessionId: SESSION_ID, state: 'pending_provision' }],
    ...over,
  }) as TaskRecord;

export const failed = (stage: Stage, code: string): Partial<TaskRecord> => ({
  status: 'error',
  stage,
  error: { stage, code, attempts: 3, reason: 'It was away.', at: timeOf(9) } as TaskRecord['error'],
});

/** A history of `[second, type, data]`. */
export const history = (...events: readonly (readonly [number, string, object?])[]): HistoryItem[] =>
  events.map(([second, type, data = {}], revision) => ({
    position: String(revision),
    revision,
    type,
    time: timeOf(second),
    data: { ...data, at: timeOf(second) },
    metadata: {},
  })) as unknown as HistoryItem[];
