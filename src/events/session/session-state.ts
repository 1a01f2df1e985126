import { ERASED } from '../texts.js';
import type { SessionEvent, SessionEventData } from './session-events.js';
import type { SessionSummary } from './session-summary.js';
import type { Activity, PermissionPolicy, PromptState } from './session-vocabulary.js';

/** A prompt and what became of it. */
export interface Prompt {
  readonly promptId: string;
  readonly text: string;
  readonly state: PromptState;
  /** How often it was sent: again only where somebody decided so. */
  readonly sends: number;
  /** The agent process that it was sent to last. */
  readonly sentTo?: string;
  readonly by: string;
  readonly queuedAt: string;
}

/** A prompt that is long over: what it asked is in the transcript alone. */
export type PastPrompt = Pick<Prompt, 'promptId' | 'state' | 'by' | 'queuedAt'>;

/** A question of the agent. */
export interface Permission extends Omit<SessionEventData<'PermissionRequested'>, 'at' | 'cursor'> {
  readonly askedAt: string;
  /** The agent process that asked: another one does not wait for the answer. */
  readonly instance: string;
  /** Whether it was asked in a turn that is known. */
  readonly isInTurn: boolean;
  readonly answer?: { readonly optionId: string | null; readonly by: string; readonly at: string };
}

export type ToolCall = Omit<SessionEventData<'ToolCallChanged'>, 'at' | 'cursor'>;
export type Usage = SessionEventData<'UsageReported'>['usage'];
type Choices = NonNullable<SessionEventData<'ModeChanged'>['modes']>;

/** A session as the fold of its events. */
export interface Session {
  readonly sessionId: string;
  readonly taskId: string;
  readonly workspaceId: string;
  readonly agentType: string;
  readonly permissionPolicy: PermissionPolicy;
  /** What people want; null where they leave it to the agent. */
  readonly wishedMode: string | null;
  readonly wishedModel: string | null;
  /** How often they said so: the same may be wished again. */
  readonly modeWishes: number;
  readonly modelWishes: number;
  /** Those that are not over, and of the others the latest. */
  readonly prompts: readonly Prompt[];
  /** Those that were over before: their keys make no other prompts. */
  readonly pastPrompts: readonly PastPrompt[];
  /** The agent's work on one prompt. */
  readonly turn: { readonly promptId: string; readonly cancelling: boolean } | null;
  /** What is pending, and of what was answered the latest. */
  readonly permissions: readonly Permission[];
  /** Tool calls of the turn, as far as they have got. */
  readonly toolCalls: readonly ToolCall[];
  readonly agent: 'none' | 'attached' | 'lost' | 'ended';
  /** It has ended for good. */
  readonly isFinal: boolean;
  /** What was said in it is erased; absent where it is not. */
  readonly erased?: true;
  /** Why there is no agent, where that is known. */
  readonly trouble: string | null;
  /** Whether that did not pass when it was tried again. */
  readonly isLasting: boolean;
  readonly instance: string | null;
  readonly agentSessionId: string | null;
  /** Up to where the agent's events are stored. */
  readonly cursor: number;
  readonly modes: Choices;
  readonly modeId: string | null;
  readonly models: Choices;
  readonly model: string | null;
  readonly usage: Usage;
  readonly lastEntryAt: string;
}

export type SessionState = Session | null;

/** Prompts that are over, and questions that were answered, that are still told of. */
const PROMPTS_KEPT = 100;
const PERMISSIONS_KEPT = 50;
/** So many prompts that are over before those are known by their ids. */
export const PAST_PROMPTS_KEPT = 10_000;
const OVER: readonly PromptState[] = ['done', 'cancelled', 'failed', 'withdrawn'];

export const isOver = ({ state }: Prompt): boolean => OVER.includes(state);
export const isPending = ({ answer }: Permission): boolean => answer === undefined;
/** The prompt, however long it is over; undefined where it is not known. */
export const promptOf = (session: Session, promptId: string): PastPrompt | undefined =>
  session.prompts.find((each) => each.promptId === promptId) ??
  session.pastPrompts.find((each) => each.promptId === promptId);

/** Whether it is still to be sent, or somebody is to decide that. */
export const isWaiting = ({ state }: PastPrompt): boolean => state === 'queued' || state === 'unsure';
export const queued = (session: Session): readonly Prompt[] =>
  session.prompts.filter(({ state }) => state === 'queued');

/** Whether it goes on by itself, with the next prompt or the turn that it is in. */
const goesOn = (session: Session): boolean =>
  session.turn !== null ||
  (queued(session).length > 0 && !session.prompts.some(({ state }) => state === 'unsure'));

/** What the session is doing. What lasts for a moment only, between two prompts say, does not show. */
export function activityOf(session: Session): Activity {
  const { agent, turn } = session;
  if (agent === 'ended') return 'ended';
  if (turn?.cancelling) return 'cancelling';
  if (session.permissions.some(isPending)) return 'waiting_for_permission';
  if (agent === 'lost' && (session.isLasting || !goesOn(session))) return 'lost';
  if (turn !== null) return 'working';
  // An agent that was lost and is wanted is about to be started again.
  if (agent !== 'attached') return 'starting';
  return goesOn(session) ? 'working' : 'idle';
}

/** What others see of it. */
export function summaryOf(session: Session): SessionSummary {
  const { permissionPolicy, modeId, modes, model, models, usage, lastEntryAt } = session;
  return {
    activity: activityOf(session),
    queuedPrompts: queued(session).length,
    unsurePrompts: session.prompts.filter(({ state }) => state === 'unsure').length,
    pendingPermissions: session.permissions.filter(isPending).length,
    permissionPolicy,
    modeId,
    modes,
    model,
    models,
    usage,
    lastEntryAt,
  };
}

/** The state after the event. Total and pure: an event that does not fit leaves what it cannot change. */
export function evolveSession(state: SessionState, event: SessionEvent): SessionState {
  if (state === null) return event.type === 'SessionOpened' ? opened(event.data) : null;
  const cursor = cursorOf(event);
  const changed = change(state, event);
  const after = changed.erased ? erased(changed) : changed;
  return {
    ...after,
    cursor: cursor === undefined ? after.cursor : Math.max(after.cursor, cursor),
    lastEntryAt: event.data.at,
  };
}

const cursorOf = ({ data }: SessionEvent): number | undefined => ('cursor' in data ? data.cursor : undefined);

function opened(data: SessionEventData<'SessionOpened'>): Session {
  return {
    sessionId: data.sessionId,
    taskId: data.taskId,
    workspaceId: data.workspaceId,
    agentType: data.agentType,
    permissionPolicy: data.permissionPolicy,
    wishedMode: data.modeId ?? null,
    wishedModel: data.model ?? null,
    modeWishes: 0,
    modelWishes: 0,
    prompts: [],
    pastPrompts: [],
    turn: null,
    permissions: [],
    toolCalls: [],
    agent: 'none',
    isFinal: false,
    trouble: null,
    isLasting: false,
    instance: null,
    agentSessionId: null,
    cursor: 0,
    modes: [],
    modeId: null,
    models: [],
    model: null,
    usage: {},
    lastEntryAt: data.at,
  };
}

function change(session: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'SessionOpened':
      return session;
    case 'PromptQueued': {
      const { promptId, text, by, at } = event.data;
      const prompts = [
        ...session.prompts,
        { promptId, text, by, state: 'queued' as const, sends: 0, queuedAt: at },
      ];
      return keptOf({ ...session, prompts });
    }
    case 'PromptWithdrawn':
      return withPrompt(session, event.data.promptId, 'withdrawn');
    case 'PromptSent':
      return {
        ...withPrompt(session, event.data.promptId, 'sent', session.instance ?? undefined),
        turn: { promptId: event.data.promptId, cancelling: false },
        toolCalls: [],
      };
    case 'TurnStarted':
      return {
        ...withPrompt(session, event.data.promptId, 'working'),
        turn: { promptId: event.data.promptId, cancelling: session.turn?.cancelling ?? false },
      };
    case 'PromptUnsure':
      return { ...withPrompt(session, event.data.promptId, 'unsure'), turn: null };
    case 'PromptResent':
      return withPrompt(session, event.data.promptId, 'queued');
    case 'AgentSaid':
    case 'AgentThought':
    case 'PlanChanged':
    case 'RequestUnserved':
    case 'TranscriptGap':
      return session;
    case 'ToolCallChanged': {
      const { at: _at, cursor: _cursor, ...call } = event.data;
      const others = session.toolCalls.filter(({ toolCallId }) => toolCallId !== call.toolCallId);
      return { ...session, toolCalls: [...others, call] };
    }
    case 'PermissionRequested': {
      const { at, cursor: _cursor, ...asked } = event.data;
      const permission = {
        ...asked,
        askedAt: at,
        instance: session.instance ?? '',
        isInTurn: session.turn !== null,
      };
      const answered = session.permissions.filter((each) => !isPending(each));
      const dropped = answered.length >= PERMISSIONS_KEPT ? answered[0] : undefined;
      const others = session.permissions.filter((each) => each !== dropped);
      return { ...session, permissions: [...others, permission] };
    }
    case 'PermissionAnswered': {
      const { permissionId, optionId, by, at } = event.data;
      return {
        ...session,
        permissions: session.permissions.map((each) =>
          each.permissionId === permissionId && isPending(each)
            ? { ...each, answer: { optionId, by, at } }
            : each,
        ),
      };
    }
    case 'SettingsChanged': {
      const { permissionPolicy, modeId, model } = event.data;
      return {
        ...session,
        permissionPolicy: permissionPolicy ?? session.permissionPolicy,
        wishedMode: modeId ?? session.wishedMode,
        wishedModel: model ?? session.wishedModel,
        modeWishes: session.modeWishes + (modeId === undefined ? 0 : 1),
        modelWishes: session.modelWishes + (model === undefined ? 0 : 1),
      };
    }
    case 'SettingRefused':
      return event.data.setting === 'mode'
        ? { ...session, wishedMode: null }
        : { ...session, wishedModel: null };
    case 'ModeChanged': {
      const { modeId, modes, model, models, cursor } = event.data;
      // Another agent process begins with its own, and is told the wish again; one at work knows why it leaves what it was set to.
      const leaves = (is: string | null, wish: string | null, next?: string) =>
        cursor !== undefined && next !== undefined && next !== is && is === wish;
      return {
        ...session,
        wishedMode: leaves(session.modeId, session.wishedMode, modeId) ? null : session.wishedMode,
        wishedModel: leaves(session.model, session.wishedModel, model) ? null : session.wishedModel,
        modeId: modeId ?? session.modeId,
        modes: modes ?? session.modes,
        model: model ?? session.model,
        models: models ?? session.models,
      };
    }
    case 'UsageReported':
      return { ...session, usage: { ...session.usage, ...event.data.usage } };
    case 'CancelRequested':
      return session.turn === null ? session : { ...session, turn: { ...session.turn, cancelling: true } };
    case 'TurnEnded':
      return turnEnded(session, event.data);
    case 'AgentResumed': {
      const { instance, agentSessionId } = event.data;
      const isAnother = instance !== session.instance;
      return {
        ...session,
        agent: 'attached',
        trouble: null,
        isLasting: false,
        instance,
        agentSessionId,
        cursor: isAnother ? 0 : session.cursor,
      };
    }
    case 'AgentLost':
      return {
        ...session,
        agent: 'lost',
        trouble: event.data.reason,
        isLasting: event.data.lasting ?? false,
      };
    case 'SessionEnded':
      return { ...session, agent: 'ended', turn: null, isFinal: event.data.final ?? false };
    case 'SessionErased':
      return { ...session, erased: true, isFinal: true };
  }
}

/** Without what people and the agent said. */
const erased = (session: Session): Session => ({
  ...session,
  prompts: session.prompts.map((prompt) => ({ ...prompt, text: ERASED })),
  permissions: session.permissions.map((permission) => ({
    ...permission,
    title: ERASED,
    options: permission.options.map((option) => ({ ...option, name: ERASED })),
  })),
  toolCalls: [],
  trouble: null,
});

/** Of prompts that are over all but the latest are known by their ids alone. */
function keptOf(session: Session): Session {
  const past = session.prompts.filter(isOver).slice(0, -PROMPTS_KEPT);
  if (past.length === 0) return session;
  const ids = past.map(({ promptId, state, by, queuedAt }) => ({ promptId, state, by, queuedAt }));
  return {
    ...session,
    prompts: session.prompts.filter((each) => !past.includes(each)),
    pastPrompts: [...session.pastPrompts, ...ids].slice(-PAST_PROMPTS_KEPT),
  };
}

function turnEnded(
  session: Session,
  { promptId, stopReason, usage }: SessionEventData<'TurnEnded'>,
): Session {
  const state = stopReason === 'cancelled' ? 'cancelled' : stopReason === 'failed' ? 'failed' : 'done';
  return {
    ...withPrompt(session, promptId, stopReason === 'lost' ? 'failed' : state),
    turn: session.turn?.promptId === promptId ? null : session.turn,
    usage: { ...session.usage, ...usage },
    toolCalls: [],
  };
}

function withPrompt(session: Session, promptId: string, state: PromptState, sentTo?: string): Session {
  return {
    ...session,
    prompts: session.prompts.map((each) => {
      if (each.promptId !== promptId) return each;
      return state === 'sent' ? { ...each, state, sends: each.sends + 1, sentTo } : { ...each, state };
    }),
  };
}
