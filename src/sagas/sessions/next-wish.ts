import {
  isPending,
  queued,
  type Permission,
  type Prompt,
  type Session,
} from '../../events/session/session-state.js';

/** What the agent has been told by whoever attends to it now. */
export interface Told {
  readonly instance: string;
  /** Ids of permissions. */
  readonly answers: ReadonlySet<string>;
  /** The prompt whose turn was to be cancelled. */
  readonly cancelled: string | null;
  readonly mode: string | null;
  readonly model: string | null;
}

/** What is to be said to the agent next. */
export type NextWish =
  | { readonly type: 'answer'; readonly permission: Permission }
  | { readonly type: 'cancel'; readonly promptId: string }
  | { readonly type: 'set_mode'; readonly modeId: string }
  | { readonly type: 'set_model'; readonly model: string }
  | { readonly type: 'prompt'; readonly prompt: Prompt };

/**
 * What follows for an attached agent from the session as it is and from what the agent has been told; null for nothing.
 * Pure. Answers come before all else, for the agent waits for them; prompts last, one at a time.
 */
export function nextWish(session: Session, told: Told): NextWish | null {
  if (session.agent !== 'attached' || session.instance !== told.instance) return null;
  const permission = session.permissions.find(
    (each) => !isPending(each) && each.instance === told.instance && !told.answers.has(each.permissionId),
  );
  if (permission) return { type: 'answer', permission };
  const { turn, wishedMode, wishedModel } = session;
  if (turn?.cancelling && told.cancelled !== turn.promptId)
    return { type: 'cancel', promptId: turn.promptId };
  if (wishedMode !== null && wishedMode !== session.modeId && told.mode !== wishedMode)
    return { type: 'set_mode', modeId: wishedMode };
  if (wishedModel !== null && wishedModel !== session.model && told.model !== wishedModel)
    return { type: 'set_model', model: wishedModel };
  const isInDoubt = session.prompts.some(({ state }) => state === 'unsure');
  const [prompt] = queued(session);
  return turn === null && !isInDoubt && prompt ? { type: 'prompt', prompt } : null;
}
