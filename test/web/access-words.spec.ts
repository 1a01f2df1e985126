import { describe, expect, it } from '@jest/globals';
import type { AuditEntry, WorkspaceUsage } from '@slipway/client';
import { didText, toText } from '../../web/src/access/audit-words.js';
import { todayText, usageLines } from '../../web/src/access/usage-words.js';

const day = {
  day: '2026-01-01',
  tasksCreated: 2,
  sessions: 2,
  prompts: 1,
  turns: 1,
  agentSeconds: 30,
  inputTokens: 100,
  outputTokens: 20,
  cost: { USD: 0.421 },
};
const usage = (now: Partial<WorkspaceUsage['now']> = {}, days = [day]): WorkspaceUsage => ({
  workspaceId: 'acme',
  now: { liveTasks: 3, waitingTasks: 0, sessions: 4, promptsQueued: 0, agentMinutesToday: 1.25, ...now },
  limits: {
    liveTasks: 20,
    sessions: null,
    agentMinutesPerDay: 60,
    createsPerMinute: null,
    promptsQueued: null,
    idleStopAfter: null,
    maxAge: null,
  },
  days,
});

describe('what a workspace has', () => {
  it('is told beside how much it may have, where that is limited', () => {
    expect(usageLines(usage()).map(({ name, text }) => [name, text])).toEqual([
      ['Live tasks', '3 of 20'],
      ['Sessions', '4'],
      ['Prompts that wait', '0'],
      ['Agent minutes today', '1.3 of 60'],
    ]);
  });

  it('begins with the tasks that wait for room, where any do', () => {
    expect(usageLines(usage({ waitingTasks: 2 }))[0]).toMatchObject({
      name: 'Tasks that wait for room',
      text: '2',
    });
  });

  it('is told of today, without what there was none of', () => {
    expect(todayText(usage())).toBe('2 tasks, 1 prompt, 120 tokens, 0.42 USD');
    expect(
      todayText(
        usage({}, [
          { ...day, tasksCreated: 0, prompts: 0, inputTokens: 0, outputTokens: 0, cost: {} as never },
        ]),
      ),
    ).toBe('nothing');
    expect(todayText(usage({}, []))).toBe('nothing');
  });
});

const entry = (over: Partial<AuditEntry> = {}): AuditEntry => ({
  position: '4711',
  time: '2026-01-01T00:00:00.000Z',
  actor: 'user:jane',
  action: 'KillRequested',
  subject: { kind: 'task', id: 'abc' },
  workspaceId: 'acme',
  address: null,
  tokenId: null,
  correlationId: null,
  refusal: null,
  ...over,
});
const refusal = (over: Partial<NonNullable<AuditEntry['refusal']>> = {}) =>
  entry({
    action: 'RequestRefused',
    subject: null,
    refusal: {
      code: 'not_permitted',
      count: 1,
      method: 'POST',
      path: '/v1/tasks',
      firstAt: '2026-01-01T00:00:00.000Z',
      lastAt: '2026-01-01T00:00:00.000Z',
      ...over,
    },
  });

describe('an entry of the audit', () => {
  it('says what was done, and to what', () => {
    expect([didText(entry()), toText(entry())]).toEqual(['Kill requested', 'task abc']);
    expect(toText(entry({ subject: null }))).toBe('');
  });

  it('says what was refused, and how often', () => {
    expect([didText(refusal()), toText(refusal())]).toEqual(['Refused: not_permitted', 'POST /v1/tasks']);
    expect(didText(refusal({ count: 12 }))).toBe('Refused: not_permitted (12 times)');
    expect(toText(refusal({ method: null, path: null }))).toBe('');
  });

  it('shows the marks that turn a text, in place of obeying them', () => {
    expect(toText(refusal({ path: '/v1/\u202etasks' }))).not.toContain('\u202e');
  });
});
