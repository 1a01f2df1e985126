import { describe, expect, it } from '@jest/globals';
import { countsOf } from './count-tasks.js';

const GROUPS = [
  { status: 'running', needsYou: false, agentType: 'mock', count: 5 },
  { status: 'running', needsYou: true, agentType: 'codex', count: 2 },
  { status: 'error', needsYou: false, agentType: 'codex', count: 1 },
] as const;
const workspaceId = 'acme';

describe('counts of tasks', () => {
  it('are of all where nothing is chosen, most first', () =>
    expect(countsOf(GROUPS, { workspaceId })).toEqual({
      total: 8,
      statuses: [
        { status: 'running', count: 7 },
        { status: 'error', count: 1 },
      ],
      needsYou: 2,
      agents: [
        { agentType: 'mock', count: 5 },
        { agentType: 'codex', count: 3 },
      ],
    }));

  it('say of each choice what it would show, with the others as they are', () =>
    expect(countsOf(GROUPS, { workspaceId, status: ['running'], agentType: ['codex'] })).toEqual({
      total: 2,
      statuses: [
        { status: 'running', count: 2 },
        { status: 'error', count: 1 },
      ],
      needsYou: 2,
      agents: [
        { agentType: 'mock', count: 5 },
        { agentType: 'codex', count: 2 },
      ],
    }));
});
