import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { isUuid } from '../../platform/text-rules.js';
import { ProviderError } from '../../events/provider-error.js';
import { listUuids, readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { SettingOptions } from './session-choices.js';

const Choices = Type.Array(Type.Object({ id: Type.String(), name: Type.String() }));

/** What is known of a session's agent, written before each request that must not be sent twice. */
export const SessionRecord = Type.Object({
  /** How far it got: `opening` before session/new, `open` after it, `reopening` while another agent process takes it up. */
  state: Type.Union([Type.Literal('opening'), Type.Literal('open'), Type.Literal('reopening')]),
  /** The start of the agent server that it lives in; it ends with it. */
  launchId: Type.String(),
  /** How often it was begun or taken up; each time has an agent process of its own. */
  attempt: Type.Integer({ minimum: 1 }),
  agentType: Type.String(),
  /** The agent's name for it. */
  agentSessionId: Type.Optional(Type.String()),
  /** Names that it had for agents which began anew; the latest last. */
  formerIds: Type.Optional(Type.Array(Type.String())),
  /** What its agent can do for a session of an earlier process. */
  abilities: Type.Optional(Type.Object({ load: Type.Boolean(), resume: Type.Boolean() })),
  /** Which process its agent is, where that could be told. */
  process: Type.Optional(Type.Object({ pid: Type.Integer({ minimum: 2 }), startTime: Type.String() })),
  /** What it offered when it opened the session or took it up. */
  choices: Type.Optional(
    Type.Object({
      modes: Choices,
      modeId: Type.Optional(Type.String()),
      models: Choices,
      model: Type.Optional(Type.String()),
    }),
  ),
  options: Type.Optional(SettingOptions),
  /** The number of the last event of the taking up: what the agent told by then is what it knew before. */
  from: Type.Optional(Type.Integer({ minimum: 0 })),
  /** How often in succession the agent refused to take the session up. */
  refusals: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Goes before the next prompt: what was said to an earlier agent. */
  recap: Type.Optional(Type.String()),
  /** The number up to which the agent's requests that we do not serve have been answered. */
  answeredTo: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Its sandbox was released. */
  released: Type.Optional(Type.Boolean()),
});
export type SessionRecord = Static<typeof SessionRecord>;

/** Whether the session was opened and its sandbox is here. */
export function isOpened({ state, released }: SessionRecord): boolean {
  return (state === 'open' || state === 'reopening') && released !== true;
}

/** The record of one session, beside its sandbox and not in it. */
export class SessionRecordFile {
  readonly path: string;

  /** @throws ProviderError when the session id is not a UUID */
  constructor(files: SandboxFiles, sessionId: string) {
    if (!isUuid(sessionId)) {
      throw new ProviderError('bad_session_id', 'The session id is not a UUID.', { retryable: false });
    }
    this.path = join(files.sessions, `${sessionId}.json`);
  }

  read(): Promise<SessionRecord | null> {
    return readRecord(this.path, SessionRecord);
  }

  write(record: SessionRecord): Promise<void> {
    return writeRecord(this.path, record);
  }

  /** Changes the record if there is one; the caller sees to it that nobody else does meanwhile. */
  async change(part: Partial<SessionRecord>): Promise<void> {
    const record = await this.read();
    if (record) await this.write({ ...record, ...part });
  }
}

/** The name of the connection, and so of the agent process, in which a session lives; another one for each attempt. */
export function connectionName({ taskId }: SandboxFiles, sessionId: string, attempt: number): string {
  return `task-${taskId}-${sessionId}-${attempt}`;
}

/** Notes that nothing of a sandbox's sessions runs any more, or that they may be taken up again. */
export async function markReleased(files: SandboxFiles, released: boolean): Promise<void> {
  for (const sessionId of await listUuids(files.sessions, '.json')) {
    const file = new SessionRecordFile(files, sessionId);
    if (((await file.read())?.released ?? false) !== released) await file.change({ released });
  }
}
