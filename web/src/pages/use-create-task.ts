import { useRef, useState } from 'react';
import { SlipwayError, type NewTask, type TaskRecord } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';
import { store } from '../live/live.js';
import { navigate } from '../router.js';
import { newKey } from './idempotency-key.js';

const REQUIRED = ['repoRemote', 'task'] as const;
const OPTIONAL = [
  'providerId',
  'agentType',
  'title',
  'branchName',
  'onBranch',
  'permissionPolicy',
  'modeId',
  'model',
] as const;
/** The form's fields, under the API's names. */
export type FieldName = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];
export type Values = Record<FieldName, string>;

const FIELDS: readonly string[] = [...REQUIRED, ...OPTIONAL];
export const EMPTY = Object.fromEntries(FIELDS.map((name) => [name, ''])) as Values;

/** What a task was asked for with; title and branch are its own, so another one gets others. */
export const valuesOf = (task: TaskRecord): Values => {
  const first = task.sessions[0];
  const policy = first?.permissionPolicy ?? 'ask';
  return {
    ...EMPTY,
    task: task.task,
    repoRemote: task.repoRemote,
    onBranch: task.onBranch ?? '',
    providerId: task.providerId,
    agentType: task.agentType,
    permissionPolicy: policy === 'ask' ? '' : policy,
    modeId: first?.modeId ?? '',
    model: first?.model ?? '',
  };
};

export interface Creation {
  readonly busy: boolean;
  /** What the API has against a field. */
  readonly problemOf: (name: FieldName) => string | undefined;
  /** What went wrong and is no matter of a field of the form. */
  readonly failure: SlipwayError | null;
  /** Creates the task and goes to its page; resolves with the first field that is wrong, if one is. */
  readonly create: (values: Values) => Promise<FieldName | undefined>;
}

export function useCreateTask(workspaceId: string): Creation {
  const [failure, setFailure] = useState<SlipwayError | null>(null);
  const [busy, setBusy] = useState(false);
  const lastTry = useRef({ text: '', key: '' });

  const create = async (values: Values): Promise<FieldName | undefined> => {
    if (busy) return undefined;
    const body: NewTask = { workspaceId, ...filledIn(values) };
    // The same request keeps its key: pressing again after a lost answer does not make a second task.
    const text = JSON.stringify(body);
    if (lastTry.current.text !== text) lastTry.current = { text, key: newKey() };
    setBusy(true);
    setFailure(null);
    try {
      const task = await api.createTask(body, { idempotencyKey: lastTry.current.key });
      store.apply(task);
      navigate(`/tasks/${task.taskId}`);
      return undefined;
    } catch (error) {
      const problem =
        error instanceof SlipwayError
          ? error
          : new SlipwayError({
              code: 'unexpected',
              title: 'Not created',
              detail: reasonOf(error),
              cause: error,
            });
      setFailure(problem);
      setBusy(false);
      return problem.fields.find(({ field }) => FIELDS.includes(field))?.field as FieldName | undefined;
    }
  };
  const isShownAtFields =
    failure?.fields.length && failure.fields.every(({ field }) => FIELDS.includes(field));
  return {
    busy,
    create,
    failure: isShownAtFields ? null : failure,
    problemOf: (name) => failure?.fields.find(({ field }) => field === name)?.message,
  };
}

/** The prompt goes as it was typed; options that were left empty do not go at all. */
function filledIn({ task, repoRemote, ...options }: Values): Pick<NewTask, FieldName> {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value.trim() ? [[name, value.trim()]] : [],
  );
  return { task, repoRemote: repoRemote.trim(), ...Object.fromEntries(given) };
}
