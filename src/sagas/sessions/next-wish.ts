import {
  isPending,
  queued,
  type Permission,
  type Prompt,
  type Session,
} from '../../events/session/session-state.js';

/** What a prompt is called to the agent: one that is sent again is another request. */
export const wireId = (promptId: string, sends: number): string => `${promptId}.${sends}`;

/** What the agent has been told by whoever attends to it now. */
export interface Told {
  readonly instance: string;
  /** Ids of permissions. */
  readonly answers: ReadonlySet<string>;
  /** The sending of a prompt whose turn was to be cancelled, as `wireId` names it. */
  readonly cancelled: string | null;
  /** Which of the wishes for a mode, and for a model: `modeWishes`, `modelWishes`. */
  readonly mode: number | null;
  readonly model: number | null;
}

/** What is to be said to the agent next. */
export type NextWish =
  | { readonly type: 'answer'; readonly permission: Permission }
  | { readonly type: 'cancel'; readonly promptId: string; readonly sending: string }
  | { readonly type: 'set_mode'; readonly modeId: string; readonly nth: number }
  | { readonly type: 'set_model'; readonly model: string; readonly nth: number }
  | { readonly type: 'prompt'; readonly prompt: Prompt };

/**
 * What follows for an attached agent from the session as it is and from what the agent has been told; null for nothing.
 * Pure. A cancel comes before all else: an agent whose question is cancelled first takes that for a refusal, and goes on. Then
 * answers, for the agent waits for them; prompts last, one at a time.
 */
export function nextWish(session: Session, told: Told): NextWish | null {
  if (session.agent !== 'attached' || session.instance !== told.instance) return null;
  const { turn, wishedMode, wishedModel } = session;
  if (turn?.cancelling) {
    const { promptId } = turn;
    const sending = wireId(promptId, session.prompts.find((each) => each.promptId === promptId)?.sends ?? 0);
    if (told.cancelled !== sending) return { type: 'cancel', promptId, sending };
  }
  const permission = session.permissions.find(
    (each) => !isPending(each) && each.instance === told.instance && !told.answers.has(each.permissionId),
  );
  if (permission) return { type: 'answer', permission };
  if (wishedMode !== null && wishedMode !== session.modeId && told.mode !== session.modeWishes)
    return { type: 'set_mode', modeId: wishedMode, nth: session.modeWishes };
  if (wishedModel !== null && wishedModel !== session.model && told.model !== session.modelWishes)
    return { type: 'set_model', model: wishedModel, nth: session.modelWishes };
  const isInDoubt = session.prompts.some(({ state }) => state === 'unsure');
  const [prompt] = queued(session);
  return turn === null && !isInDoubt && prompt ? { type: 'prompt', prompt } : null;
}
