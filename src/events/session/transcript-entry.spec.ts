import { describe, expect, it } from '@jest/globals';
import { SESSION_EVENT_TYPES, type SessionEvent, type SessionEventType } from './session-events.js';
import { ENTRY_KINDS, entryOf, unreadableEntry } from './transcript-entry.js';

const at = '2026-11-26T17:00:00.123Z';
const promptId = '7b0f7f2e-5a55-4a55-9a55-000000000001';
const permissionId = '7b0f7f2e-5a55-4a55-9a55-000000000002';
const options = [{ optionId: 'yes', name: 'Yes', kind: 'allow_once' as const }];
const toolCall = {
  toolCallId: 'call-1',
  title: 'Edit login.ts',
  kind: 'edit',
  status: 'completed' as const,
  locations: [{ path: 'login.ts', line: 3 }],
  content: [{ type: 'diff' as const, path: 'login.ts', oldText: null, newText: 'x' }],
};

/** Events of each type, and what of them is in the transcript beside position and time. */
const EXAMPLES: {
  [T in SessionEventType]: readonly (readonly [Extract<SessionEvent, { type: T }>['data'], unknown])[];
} = {
  SessionOpened: [
    [{ sessionId: 's', taskId: 't', workspaceId: 'w', agentType: 'mock', permissionPolicy: 'ask', at }, null],
  ],
  PromptQueued: [
    [
      { promptId, text: 'Mend it', by: 'person', at },
      { kind: 'prompt', promptId, state: 'queued', text: 'Mend it', by: 'person' },
    ],
  ],
  PromptSent: [
    [
      { promptId, at },
      { kind: 'prompt', promptId, state: 'sent' },
    ],
  ],
  PromptWithdrawn: [
    [
      { promptId, by: 'person', at },
      { kind: 'prompt', promptId, state: 'withdrawn', by: 'person' },
    ],
  ],
  PromptResent: [
    [
      { promptId, by: 'person', at },
      { kind: 'prompt', promptId, state: 'queued', by: 'person' },
    ],
  ],
  PromptUnsure: [
    [
      { promptId, reason: 'No sign of it.', at },
      { kind: 'notice', code: 'prompt_unsure', text: 'No sign of it.', promptId },
    ],
  ],
  TurnStarted: [[{ promptId, cursor: 3, at }, null]],
  AgentSaid: [
    [
      { text: 'Done.', cursor: 9, at },
      { kind: 'message', text: 'Done.' },
    ],
    [
      { text: 'Done.', entryId: 'agent/7', cursor: 9, at },
      { kind: 'message', text: 'Done.', entryId: 'agent/7' },
    ],
  ],
  AgentThought: [
    [
      { text: 'Hm.', entryId: 'agent/2', cursor: 4, at },
      { kind: 'thought', text: 'Hm.', entryId: 'agent/2' },
    ],
  ],
  ToolCallChanged: [
    [
      { ...toolCall, cursor: 5, at },
      { kind: 'tool_call', toolCall },
    ],
  ],
  PlanChanged: [
    [
      { entries: [{ content: 'Look', status: 'completed' }], cursor: 6, at },
      { kind: 'plan', entries: [{ content: 'Look', status: 'completed' }] },
    ],
  ],
  PermissionRequested: [
    [
      {
        permissionId,
        requestId: '7',
        toolCallId: 'call-1',
        title: 'Edit',
        options,
        isEdit: true,
        deadline: at,
        cursor: 7,
        at,
      },
      {
        kind: 'permission',
        permissionId,
        state: 'pending',
        toolCallId: 'call-1',
        title: 'Edit',
        options,
        isEdit: true,
        deadline: at,
      },
    ],
    [
      { permissionId, requestId: '8', title: 'Run', options, isEdit: false, cursor: 7, at },
      { kind: 'permission', permissionId, state: 'pending', title: 'Run', options, isEdit: false },
    ],
  ],
  PermissionAnswered: [
    [
      { permissionId, optionId: 'yes', by: 'policy', at },
      { kind: 'permission', permissionId, state: 'answered', answer: 'yes', by: 'policy' },
    ],
    [
      { permissionId, optionId: null, by: 'cancel', at },
      { kind: 'permission', permissionId, state: 'cancelled', by: 'cancel' },
    ],
  ],
  SettingsChanged: [
    [
      { permissionPolicy: 'deny', modeId: 'plan', model: 'large', by: 'person', at },
      {
        kind: 'notice',
        code: 'settings_changed',
        text: 'Asked for: permission policy deny, mode plan, model large.',
        permissionPolicy: 'deny',
        modeId: 'plan',
        model: 'large',
        by: 'person',
      },
    ],
  ],
  ModeChanged: [
    [
      { modeId: 'plan', modes: [{ id: 'plan', name: 'Plan' }], cursor: 2, at },
      { kind: 'mode', modeId: 'plan', modes: [{ id: 'plan', name: 'Plan' }] },
    ],
  ],
  UsageReported: [
    [
      { usage: { used: 5 }, cursor: 8, at },
      { kind: 'usage', usage: { used: 5 } },
    ],
  ],
  CancelRequested: [
    [
      { by: 'person', at },
      { kind: 'notice', code: 'cancel_requested', text: expect.any(String), by: 'person' },
    ],
  ],
  TurnEnded: [
    [
      {
        promptId,
        stopReason: 'failed',
        failure: { code: 429, message: 'Too much' },
        usage: { cost: 1 },
        cursor: 9,
        at,
      },
      {
        kind: 'turn_ended',
        promptId,
        stopReason: 'failed',
        failure: { code: 429, message: 'Too much' },
        usage: { cost: 1 },
      },
    ],
  ],
  AgentResumed: [
    [{ how: 'same', instance: 'i', agentSessionId: 'a', at }, null],
    ...(['new', 'load', 'resume', 'anew'] as const).map(
      (how) =>
        [
          { how, instance: 'i', agentSessionId: 'a', at },
          { kind: 'notice', code: 'agent_resumed', text: expect.any(String), how },
        ] as const,
    ),
  ],
  AgentLost: [
    [
      { reason: 'It ended.', at },
      { kind: 'notice', code: 'agent_lost', text: 'It ended.' },
    ],
  ],
  RequestUnserved: [
    [
      { method: 'fs/read', cursor: 4, at },
      { kind: 'notice', code: 'request_unserved', text: expect.any(String), method: 'fs/read' },
    ],
  ],
  TranscriptGap: [
    [
      { reason: 'Too much.', missing: 4, at },
      { kind: 'notice', code: 'transcript_gap', text: 'Too much.', missing: 4 },
    ],
    [
      { reason: 'Long ago.', at },
      { kind: 'notice', code: 'transcript_gap', text: 'Long ago.' },
    ],
  ],
  SettingRefused: [
    [
      { setting: 'mode', value: 'plan', reason: 'The agent has no mode "plan".', at },
      { kind: 'notice', code: 'setting_refused', text: 'The agent has no mode "plan".' },
    ],
  ],
  SessionEnded: [
    [
      { reason: 'the task was killed', at },
      { kind: 'notice', code: 'session_ended', text: 'The session has ended: the task was killed.' },
    ],
  ],
  SessionErased: [
    [{ at }, { kind: 'notice', code: 'session_erased', text: 'What was said in this session was erased.' }],
  ],
};

describe('the transcript', () => {
  it.each(SESSION_EVENT_TYPES)('has of %s what people need to see', (type) => {
    expect(EXAMPLES[type].length).toBeGreaterThan(0);
    for (const [data, what] of EXAMPLES[type]) {
      const entry = entryOf({ type, data } as SessionEvent, 4_711n);
      if (what === null) expect(entry).toBeNull();
      else expect(entry).toEqual({ position: '4711', at, ...(what as object) });
    }
  });

  it('has entries of every kind', () => {
    const kinds = Object.values(EXAMPLES)
      .flat()
      .map(([, what]) => (what as { kind?: string } | null)?.kind);
    expect(ENTRY_KINDS.filter((kind) => !kinds.includes(kind))).toEqual([]);
  });

  it('holds nothing of how agents and their events are counted', () => {
    const entries = SESSION_EVENT_TYPES.flatMap((type) =>
      EXAMPLES[type].map(([data]) => entryOf({ type, data } as SessionEvent, 1n)),
    );
    expect(JSON.stringify(entries)).not.toMatch(/"(cursor|instance|requestId|agentSessionId)"/);
  });

  it('says so where something cannot be read', () => {
    expect(unreadableEntry(9n, at)).toEqual({
      position: '9',
      at,
      kind: 'notice',
      code: 'unreadable',
      text: expect.stringContaining('cannot be read'),
    });
  });
});
