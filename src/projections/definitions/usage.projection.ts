import type { SessionEvent } from '../../events/session/session-events.js';
import type { Projection, Row, RowChange } from './projection.js';

const TIME = { type: 'timestamptz', nullable: true, merge: 'unless-null' } as const;
const AMOUNT = { type: 'double precision', nullable: true, merge: 'unless-null' } as const;

/**
 * What workspaces have used: a row a task, a session and a turn, and what each session has cost by the end of each day, for
 * agents report that as a sum from its beginning. Killed tasks stay in it.
 */
export const usageProjection: Projection = {
  name: 'usage',
  version: 1,
  tables: [
    {
      name: 'usage_tasks',
      columns: {
        position: { type: 'bigint' },
        workspace_id: { type: 'text' },
        created_at: { type: 'timestamptz' },
      },
      key: ['position'],
      insertOnly: true,
      indexes: ['workspace_id, created_at'],
    },
    {
      name: 'usage_sessions',
      columns: {
        session_id: { type: 'uuid' },
        workspace_id: { type: 'text' },
        opened_at: { type: 'timestamptz' },
        position: { type: 'bigint' },
      },
      key: ['session_id'],
      indexes: ['workspace_id, opened_at'],
    },
    {
      name: 'usage_turns',
      columns: {
        session_id: { type: 'uuid' },
        prompt_id: { type: 'text' },
        queued_at: TIME,
        started_at: TIME,
        ended_at: TIME,
        input_tokens: AMOUNT,
        output_tokens: AMOUNT,
        position: { type: 'bigint' },
      },
      key: ['session_id', 'prompt_id'],
      indexes: ['queued_at'],
    },
    {
      name: 'usage_costs',
      columns: {
        session_id: { type: 'uuid' },
        day: { type: 'date' },
        currency: { type: 'text' },
        cost: { type: 'double precision' },
        position: { type: 'bigint' },
      },
      key: ['session_id', 'day', 'currency'],
    },
  ],
  project({ after: { state }, event, stored: { position } }) {
    if (event?.type !== 'TaskCreated' || state === null) return [];
    const { workspaceId, at } = event.data;
    const row = { position: position.toString(), workspace_id: workspaceId, created_at: at };
    return [{ table: 'usage_tasks', row }];
  },
  projectSession({ sessionId, event, stored: { position } }) {
    if (event === null) return [];
    const row = { session_id: sessionId, position: position.toString() };
    return [...ofSession(event, row), ...costs(event, row)];
  },
};

function ofSession(event: SessionEvent, row: Row): RowChange[] {
  switch (event.type) {
    case 'SessionOpened': {
      const { workspaceId, at } = event.data;
      return [{ table: 'usage_sessions', row: { ...row, workspace_id: workspaceId, opened_at: at } }];
    }
    case 'PromptQueued':
      return [turn(row, event.data.promptId, { queued_at: event.data.at })];
    case 'TurnStarted':
      return [turn(row, event.data.promptId, { started_at: event.data.at })];
    case 'TurnEnded': {
      const { promptId, at, usage } = event.data;
      const tokens = {
        input_tokens: usage?.inputTokens ?? null,
        output_tokens: usage?.outputTokens ?? null,
      };
      return [turn(row, promptId, { ended_at: at, ...tokens })];
    }
    default:
      return [];
  }
}

const NOTHING_YET = {
  queued_at: null,
  started_at: null,
  ended_at: null,
  input_tokens: null,
  output_tokens: null,
};

const turn = (row: Row, promptId: string, known: Row): RowChange => ({
  table: 'usage_turns',
  row: { ...row, prompt_id: promptId, ...NOTHING_YET, ...known },
});

function costs(event: SessionEvent, row: Row): RowChange[] {
  if (event.type !== 'UsageReported' && event.type !== 'TurnEnded') return [];
  const { usage, at } = event.data;
  if (usage?.cost === undefined) return [];
  const { cost, currency = 'USD' } = usage;
  return [{ table: 'usage_costs', row: { ...row, day: at.slice(0, 10), currency, cost } }];
}
