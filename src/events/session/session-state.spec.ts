import { describe, expect, it } from '@jest/globals';
import type { SessionEvent } from './session-events.js';
import { activityOf, evolveSession, type SessionState } from './session-state.js';

const at = '2026-01-02T03:04:05.678Z';
const opened: SessionEvent = {
  type: 'SessionOpened',
  data: {
    sessionId: 's',
    taskId: 't',
    workspaceId: 'w',
    agentType: 'mock',
    permissionPolicy: 'ask',
    at,
  },
};
const attached = (instance: string): SessionEvent => ({
  type: 'AgentResumed',
  data: { how: 'new', instance, agentSessionId: 'a', at },
});
const queued = (promptId: string): SessionEvent => ({
  type: 'PromptQueued',
  data: { promptId, text: 'go', by: 'person', at },
});
const sent = (promptId: string): SessionEvent => ({ type: 'PromptSent', data: { promptId, at } });
const begun = (promptId: string): SessionEvent => ({ type: 'TurnStarted', data: { promptId, at } });
const done = (promptId: string): SessionEvent => ({
  type: 'TurnEnded',
  data: { promptId, stopReason: 'end_turn', at },
});
const unsure = (promptId: string): SessionEvent => ({
  type: 'PromptUnsure',
  data: { promptId, reason: 'no sign', at },
});
const lost = (lasting = false): SessionEvent => ({
  type: 'AgentLost',
  data: { reason: 'it ended', ...(lasting && { lasting }), at },
});

/** What the session is doing after each of the events. */
const activities = (events: readonly SessionEvent[]) => {
  let state: SessionState = null;
  return events.map((event) => activityOf((state = evolveSession(state, event))!));
};

describe('what a session is doing', () => {
  it('does not rest between two prompts', () =>
    expect(
      activities([
        opened,
        queued('p1'),
        queued('p2'),
        attached('a'),
        sent('p1'),
        begun('p1'),
        done('p1'),
        sent('p2'),
        begun('p2'),
        done('p2'),
      ]),
    ).toEqual(['starting', 'starting', 'starting', ...Array<string>(6).fill('working'), 'idle']));

  it('is to start when its agent is gone and a prompt is to be sent: nobody is needed for that', () =>
    expect(
      activities([opened, attached('a'), lost(), queued('p1'), attached('b'), sent('p1')]).slice(2),
    ).toEqual(['lost', 'starting', 'working', 'working']));

  it('is lost when trying again did not help, or when somebody has to decide first', () => {
    expect(
      activities([opened, attached('a'), queued('p1'), lost(), lost(true), attached('b')]).slice(3),
    ).toEqual(['starting', 'lost', 'working']);
    expect(
      activities([opened, attached('a'), queued('p1'), queued('p2'), sent('p1'), unsure('p1'), lost()]).at(
        -1,
      ),
    ).toBe('lost');
  });

  it('is its turn also where it could not be attended to for a moment', () =>
    expect(
      activities([opened, attached('a'), queued('p1'), sent('p1'), begun('p1'), lost(), lost(true)]).slice(4),
    ).toEqual(['working', 'working', 'lost']));
});
