import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import { Choices, Policy, Usage } from './session-summary.js';

/*
 * STORAGE FORMAT. These schemas are what lies in the streams, for ever. Adding an optional field is
 * safe. Anything else (renaming, retyping, removing, making required) needs a new schema version, an
 * upcaster and a golden file in test/contract/store/golden.
 */

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Text = (maxLength: number) => Type.String({ maxLength });
/** ISO 8601 in UTC: the clock of whoever stored it. */
const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
/** Number of the agent's last event that the fact is made from, of the agent process that `AgentResumed` named last. */
const Cursor = Type.Integer({ minimum: 0 });
const Count = Type.Number({ minimum: 0 });
/** `person`, `policy`, `deadline`, `cancel`, or who the caller is. */
const By = Text(200);

/** Joined text of one entry, in characters. */
export const MOST_TEXT = 16_384;
/** Text in one part of a tool call's content, in characters. */
export const MOST_TOOL_TEXT = 65_536;
export const MOST_TOOL_PARTS = 50;
export const MOST_PROMPT = 200_000;

const Option = Type.Object({
  optionId: Text(200),
  name: Text(500),
  kind: Type.Union(
    (['allow_once', 'allow_always', 'reject_once', 'reject_always', 'other'] as const).map((kind) =>
      Type.Literal(kind),
    ),
  ),
});
const Content = Type.Union([
  Type.Object({ type: Type.Literal('text'), text: Text(MOST_TOOL_TEXT) }),
  Type.Object({
    type: Type.Literal('diff'),
    path: Text(4_096),
    oldText: Type.Union([Text(MOST_TOOL_TEXT), Type.Null()]),
    newText: Text(MOST_TOOL_TEXT),
  }),
  Type.Object({ type: Type.Literal('terminal'), terminalId: Text(200) }),
]); /** `entryId` is the name that the text had while it was being written. */
const Joined = { text: Text(MOST_TEXT), entryId: Type.Optional(Text(250)), cursor: Cursor };

const event = <P extends TProperties>(properties: P) => Type.Object({ ...properties, at: At });

/** The data of each event type, by type. */
export const SESSION_EVENT_SCHEMAS = {
  /** The first event of every session's stream. */
  SessionOpened: event({
    sessionId: Id,
    taskId: Id,
    workspaceId: Id,
    agentType: Id,
    permissionPolicy: Policy,
    modeId: Type.Optional(Text(200)),
    model: Type.Optional(Text(200)),
  }),
  PromptQueued: event({ promptId: Id, text: Text(MOST_PROMPT), by: By }),
  PromptWithdrawn: event({ promptId: Id, by: By }),
  /** The intent record: stored before the agent is given the prompt. */
  PromptSent: event({ promptId: Id }),
  /** The agent has it. */
  TurnStarted: event({ promptId: Id, cursor: Type.Optional(Cursor) }),
  /** It cannot be known whether the agent has it: a person decides. */
  PromptUnsure: event({ promptId: Id, reason: Text(1_000) }),
  /** Somebody decided that it is to be sent (again). */
  PromptResent: event({ promptId: Id, by: By }),
  /** Joined from the agent's pieces. */
  AgentSaid: event(Joined),
  AgentThought: event(Joined),
  /** The whole call as it is now. */
  ToolCallChanged: event({
    toolCallId: Id,
    title: Text(1_000),
    kind: Text(100),
    status: Type.Union(
      (['pending', 'in_progress', 'completed', 'failed'] as const).map((status) => Type.Literal(status)),
    ),
    locations: Type.Array(Type.Object({ path: Text(4_096), line: Type.Optional(Count) }), { maxItems: 100 }),
    content: Type.Array(Content, { maxItems: MOST_TOOL_PARTS }),
    cursor: Cursor,
  }),
  PlanChanged: event({
    entries: Type.Array(
      Type.Object({
        content: Text(2_000),
        status: Type.Union(
          (['pending', 'in_progress', 'completed'] as const).map((status) => Type.Literal(status)),
        ),
      }),
      { maxItems: 200 },
    ),
    cursor: Cursor,
  }),
  PermissionRequested: event({
    permissionId: Id,
    /** The agent's own id of its question. */
    requestId: Text(200),
    toolCallId: Type.Optional(Id),
    title: Text(1_000),
    options: Type.Array(Option, { maxItems: 20 }),
    /** Whether it is about changing files. */
    isEdit: Type.Boolean(),
    /** When it is answered `cancelled` by itself; absent for never. */
    deadline: Type.Optional(At),
    cursor: Cursor,
  }),
  /** `optionId` is null where it was cancelled. */
  PermissionAnswered: event({ permissionId: Id, optionId: Type.Union([Text(200), Type.Null()]), by: By }),
  /** What people want from now on. */
  SettingsChanged: event({
    permissionPolicy: Type.Optional(Policy),
    modeId: Type.Optional(Text(200)),
    model: Type.Optional(Text(200)),
    by: By,
  }),
  /** The agent does not take what people want; they may want it again. */
  SettingRefused: event({
    setting: Type.Union([Type.Literal('mode'), Type.Literal('model')]),
    value: Text(200),
    reason: Text(2_000),
  }),
  /** What the agent says that it is set to, and could be. */
  ModeChanged: event({
    modeId: Type.Optional(Text(200)),
    modes: Type.Optional(Choices),
    model: Type.Optional(Text(200)),
    models: Type.Optional(Choices),
    cursor: Type.Optional(Cursor),
  }),
  UsageReported: event({ usage: Usage, cursor: Cursor }),
  CancelRequested: event({ by: By }),
  TurnEnded: event({
    promptId: Id,
    /** ACP's words; `failed` where the agent answered with an error, `lost` where it ended. */
    stopReason: Text(50),
    failure: Type.Optional(Type.Object({ code: Type.Optional(Type.Number()), message: Text(2_000) })),
    usage: Type.Optional(Usage),
    cursor: Type.Optional(Cursor),
  }),
  /** An agent process is there: the first one (`new`), or one that follows another. */
  AgentResumed: event({
    how: Type.Union((['new', 'same', 'load', 'resume', 'anew'] as const).map((how) => Type.Literal(how))),
    /** Names the agent process; cursors count its events. */
    instance: Text(200),
    agentSessionId: Text(200),
  }),
  /** `lasting`: what was tried since did not help, so somebody should look. */
  AgentLost: event({
    reason: Text(2_000),
    lasting: Type.Optional(Type.Boolean()),
    cursor: Type.Optional(Cursor),
  }),
  /** The agent asked for something that nobody here serves. */
  RequestUnserved: event({ method: Text(200), cursor: Cursor }),
  /** Something was said that nobody here has. */
  TranscriptGap: event({ reason: Text(1_000), missing: Type.Optional(Count), cursor: Type.Optional(Cursor) }),
  /** With its task: archived or killed. A session of an archived task may be taken up again, unless it says `final`. */
  SessionEnded: event({ reason: Text(500), final: Type.Optional(Type.Boolean()) }),
  /** With its task: what was said in it is erased, for good. */
  SessionErased: event({}),
} satisfies Record<string, TObject>;

export type SessionEventType = keyof typeof SESSION_EVENT_SCHEMAS;
export const SESSION_EVENT_TYPES = Object.keys(SESSION_EVENT_SCHEMAS) as SessionEventType[];

export type SessionEventData<T extends SessionEventType> = Static<(typeof SESSION_EVENT_SCHEMAS)[T]>;

/** What has happened in one session. */
export type SessionEvent = {
  [T in SessionEventType]: { readonly type: T; readonly data: SessionEventData<T> };
}[SessionEventType];

export const sessionStream = (sessionId: string): string => `session-${sessionId}`;

const SESSION_STREAM = /^session-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The session id of a session stream's name, or null for any other stream. */
export const sessionIdOfStream = (stream: string): string | null =>
  SESSION_STREAM.test(stream) ? stream.slice('session-'.length) : null;
