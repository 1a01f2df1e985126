import { describe, expect, it } from '@jest/globals';
import { foldSession } from '../../../test/support/session-spec.js';
import type { SessionEvent } from '../../events/session/session-events.js';
import { nextWish, type Told } from './next-wish.js';

const at = '2026-01-02T03:04:05.678Z';
const by = 'person';
const promptId = 'p1';
const history: SessionEvent[] = [
  {
    type: 'SessionOpened',
    data: {
      sessionId: 's',
      taskId: 't',
      workspaceId: 'w',
      agentType: 'mock',
      permissionPolicy: 'ask',
      at,
    },
  },
  { type: 'AgentResumed', data: { how: 'new', instance: 'agent-a', agentSessionId: 'a', at } },
  { type: 'PromptQueued', data: { promptId, text: 'do it', by, at } },
  { type: 'PromptSent', data: { promptId, at } },
  { type: 'CancelRequested', data: { by, at } },
];
const again: SessionEvent[] = [
  { type: 'PromptUnsure', data: { promptId, reason: 'no sign', at } },
  { type: 'PromptResent', data: { promptId, by, at } },
  { type: 'PromptSent', data: { promptId, at } },
  { type: 'CancelRequested', data: { by, at } },
];

it('a cancel is told once for each sending of a prompt', () => {
  const told: Told = { instance: 'agent-a', answers: new Set(), cancelled: null, mode: null, model: null };
  const first = nextWish(foldSession(history)!, told);
  expect(first).toEqual({ type: 'cancel', promptId, sending: 'p1.1' });
  expect(nextWish(foldSession(history)!, { ...told, cancelled: 'p1.1' })).toBeNull();
  const second = nextWish(foldSession([...history, ...again])!, { ...told, cancelled: 'p1.1' });
  expect(second).toEqual({ type: 'cancel', promptId, sending: 'p1.2' });
});

it('a cancel is told before the answer to a question that it cancels', () => {
  const option = { optionId: 'yes', name: 'Yes', kind: 'allow_once' } as const;
  const permissionId = 'q1';
  const asked: SessionEvent[] = [
    ...history.slice(0, -1),
    { type: 'TurnStarted', data: { promptId, at } },
    {
      type: 'PermissionRequested',
      data: {
        permissionId,
        requestId: '0',
        title: 'May I?',
        options: [option],
        isEdit: false,
        at,
        cursor: 3,
      },
    },
    { type: 'CancelRequested', data: { by, at } },
    { type: 'PermissionAnswered', data: { permissionId, optionId: null, by: 'cancel', at } },
  ];
  const told: Told = { instance: 'agent-a', answers: new Set(), cancelled: null, mode: null, model: null };
  expect(nextWish(foldSession(asked)!, told)).toMatchObject({ type: 'cancel', promptId });
  expect(nextWish(foldSession(asked)!, { ...told, cancelled: 'p1.1' })).toMatchObject({
    type: 'answer',
    permission: { permissionId, answer: { optionId: null } },
  });
});

describe('a mode that people wish for', () => {
  const told: Told = { instance: 'agent-a', answers: new Set(), cancelled: null, mode: null, model: null };
  const wished: SessionEvent = { type: 'SettingsChanged', data: { modeId: 'plan', by, at } };
  const is = (modeId: string, cursor?: number): SessionEvent => ({
    type: 'ModeChanged',
    data: { modeId, cursor, at },
  });
  const next = (mode: number | null, ...events: SessionEvent[]) =>
    nextWish(foldSession([...history.slice(0, 2), is('ask'), ...events])!, { ...told, mode });
  const set = (nth: number) => ({ type: 'set_mode', modeId: 'plan', nth });

  it('is told once', () => {
    expect(next(null, wished)).toEqual(set(1));
    expect(next(1, wished)).toBeNull();
    expect(next(1, wished, is('plan', 2))).toBeNull();
  });

  it('is not put back where the agent leaves it while it works, and can be wished for again', () => {
    const left = [wished, is('plan', 2), is('ask', 3)];
    expect(next(null, ...left)).toBeNull();
    expect(next(1, ...left, wished)).toEqual(set(2));
  });

  it('holds for the agent process that follows', () => {
    expect(next(null, wished, is('plan', 2), is('ask'))).toEqual(set(1));
  });
});
