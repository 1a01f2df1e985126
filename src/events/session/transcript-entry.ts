import type { SessionEvent, SessionEventData, SessionEventType } from './session-events.js';

/** What kinds of things there are in a transcript. */
export const ENTRY_KINDS = [
  'prompt',
  'message',
  'thought',
  'tool_call',
  'plan',
  'permission',
  'mode',
  'usage',
  'turn_ended',
  'notice',
] as const;

/** What a notice is about. */
export const NOTICE_CODES = [
  'prompt_unsure',
  'cancel_requested',
  'settings_changed',
  'setting_refused',
  'agent_resumed',
  'agent_lost',
  'request_unserved',
  'transcript_gap',
  'session_ended',
  'session_erased',
  'unreadable',
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

type Data<T extends SessionEventType> = Omit<SessionEventData<T>, 'at' | 'cursor'>;

/** What becomes of a prompt. Its text is in the first of its entries only. */
type PromptEntry = {
  kind: 'prompt';
  promptId: string;
  state: 'queued' | 'sent' | 'withdrawn';
  text?: string;
  by?: string;
};

/** A question of the agent when it is asked and when it is answered; its title and options are in the first only. */
type PermissionEntry = {
  kind: 'permission';
  permissionId: string;
  state: 'pending' | 'answered' | 'cancelled';
  toolCallId?: string;
  title?: string;
  options?: SessionEventData<'PermissionRequested'>['options'];
  /** Whether it is about changing files. */
  isEdit?: boolean;
  deadline?: string;
  /** The option that was chosen. */
  answer?: string;
  by?: string;
};

/** Something that people should know of; `text` says it in a sentence. */
type NoticeEntry = {
  kind: 'notice';
  code: NoticeCode;
  text: string;
  promptId?: string;
  by?: string;
  how?: SessionEventData<'AgentResumed'>['how'];
  method?: string;
  missing?: number;
} & Partial<Pick<SessionEventData<'SettingsChanged'>, 'permissionPolicy' | 'modeId' | 'model'>>;

type What =
  | PromptEntry
  /** `entryId` names the text while it was being written: see the live topic. */
  | ({ kind: 'message' | 'thought' } & Data<'AgentSaid'>)
  /** The whole call as it is now. */
  | { kind: 'tool_call'; toolCall: Data<'ToolCallChanged'> }
  | ({ kind: 'plan' } & Data<'PlanChanged'>)
  | PermissionEntry
  | ({ kind: 'mode' } & Data<'ModeChanged'>)
  | ({ kind: 'usage' } & Data<'UsageReported'>)
  | ({ kind: 'turn_ended' } & Data<'TurnEnded'>)
  | NoticeEntry;

/** One thing in a session's transcript. `at` is ISO 8601; entries rise by `position`, which is that of their event. */
export type TranscriptEntry = { readonly position: string; readonly at: string } & Readonly<What>;

/** What a session's event is in the transcript; null for one that nobody needs to see. Pure. */
export function entryOf(event: SessionEvent, position: bigint): TranscriptEntry | null {
  const what = whatOf(event);
  return what && { position: position.toString(), at: event.data.at, ...what };
}

/** What stands in the place of an event that cannot be read. */
export const unreadableEntry = (position: bigint, at: string): TranscriptEntry => ({
  position: position.toString(),
  at,
  kind: 'notice',
  code: 'unreadable',
  text: 'Something that happened here cannot be read by this version of Slipway.',
});

function whatOf(event: SessionEvent): What | null {
  switch (event.type) {
    case 'SessionOpened':
    case 'TurnStarted':
      return null;
    case 'PromptQueued': {
      const { promptId, text, by } = event.data;
      return { kind: 'prompt', promptId, state: 'queued', text, by };
    }
    case 'PromptSent':
      return { kind: 'prompt', promptId: event.data.promptId, state: 'sent' };
    case 'PromptWithdrawn':
      return { kind: 'prompt', promptId: event.data.promptId, state: 'withdrawn', by: event.data.by };
    case 'PromptResent':
      return { kind: 'prompt', promptId: event.data.promptId, state: 'queued', by: event.data.by };
    case 'PromptUnsure':
      return notice('prompt_unsure', event.data.reason, { promptId: event.data.promptId });
    case 'AgentSaid':
      return { kind: 'message', ...textOf(event.data) };
    case 'AgentThought':
      return { kind: 'thought', ...textOf(event.data) };
    case 'ToolCallChanged': {
      const { at: _, cursor: __, ...toolCall } = event.data;
      return { kind: 'tool_call', toolCall };
    }
    case 'PlanChanged':
      return { kind: 'plan', entries: event.data.entries };
    case 'PermissionRequested': {
      const { permissionId, toolCallId, title, options, isEdit, deadline } = event.data;
      return {
        kind: 'permission',
        permissionId,
        state: 'pending',
        title,
        options,
        isEdit,
        ...(toolCallId !== undefined && { toolCallId }),
        ...(deadline !== undefined && { deadline }),
      };
    }
    case 'PermissionAnswered': {
      const { permissionId, optionId, by } = event.data;
      return optionId === null
        ? { kind: 'permission', permissionId, state: 'cancelled', by }
        : { kind: 'permission', permissionId, state: 'answered', answer: optionId, by };
    }
    case 'ModeChanged': {
      const { at: _, cursor: __, ...choices } = event.data;
      return { kind: 'mode', ...choices };
    }
    case 'UsageReported':
      return { kind: 'usage', usage: event.data.usage };
    case 'TurnEnded': {
      const { at: _, cursor: __, ...ended } = event.data;
      return { kind: 'turn_ended', ...ended };
    }
    default:
      return noticeOf(event);
  }
}

type NoticedType =
  | 'CancelRequested'
  | 'SettingsChanged'
  | 'SettingRefused'
  | 'AgentResumed'
  | 'AgentLost'
  | 'RequestUnserved'
  | 'TranscriptGap'
  | 'SessionEnded'
  | 'SessionErased';

function noticeOf(event: Extract<SessionEvent, { type: NoticedType }>): NoticeEntry | null {
  switch (event.type) {
    case 'CancelRequested':
      return notice('cancel_requested', 'The agent was asked to stop.', { by: event.data.by });
    case 'SettingsChanged': {
      const { at: _, ...settings } = event.data;
      return notice('settings_changed', settingsText(settings), settings);
    }
    case 'SettingRefused':
      return notice('setting_refused', event.data.reason, {});
    case 'AgentResumed': {
      const { how } = event.data;
      return how === 'same' ? null : notice('agent_resumed', RESUMED[how], { how });
    }
    case 'AgentLost':
      return notice('agent_lost', event.data.reason, {});
    case 'RequestUnserved':
      return notice('request_unserved', 'The agent asked for something that is not served here.', {
        method: event.data.method,
      });
    case 'TranscriptGap': {
      const { reason, missing } = event.data;
      return notice('transcript_gap', reason, missing === undefined ? {} : { missing });
    }
    case 'SessionEnded':
      return notice('session_ended', `The session has ended: ${event.data.reason}.`, {});
    case 'SessionErased':
      return notice('session_erased', 'What was said in this session was erased.', {});
  }
}

const RESUMED: Readonly<Record<Exclude<SessionEventData<'AgentResumed'>['how'], 'same'>, string>> = {
  new: 'The agent is there.',
  load: 'The agent was started again and has loaded the session.',
  resume: 'The agent was started again and has resumed the session.',
  anew: 'Another agent session goes on. It was told the end of this transcript and knows nothing else of it.',
};

const notice = (code: NoticeCode, text: string, more: Partial<NoticeEntry>): NoticeEntry => ({
  kind: 'notice',
  code,
  text,
  ...more,
});

function textOf({ text, entryId }: SessionEventData<'AgentSaid'>) {
  return entryId === undefined ? { text } : { text, entryId };
}

function settingsText({ permissionPolicy, modeId, model }: Omit<SessionEventData<'SettingsChanged'>, 'at'>) {
  const parts = [
    permissionPolicy && `permission policy ${permissionPolicy}`,
    modeId && `mode ${modeId}`,
    model && `model ${model}`,
  ].filter(Boolean);
  return `Asked for: ${parts.join(', ')}.`;
}
