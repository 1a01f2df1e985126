import { describe, expect, it } from '@jest/globals';
import { isHashOf, requestHash } from './create-task.js';

const request = { task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' };
const wish = {
  workspaceId: 'default',
  repoRemote: request.repoRemote,
  providerId: 'local',
  agentType: 'mock',
};

describe('a repeated create', () => {
  it('is the same request after the default agent or provider has changed', () => {
    const stored = requestHash(request, wish);
    expect(isHashOf(stored, request, { ...wish, providerId: 'simulated', agentType: 'claude' })).toBe(true);
    expect(stored.length).toBeLessThanOrEqual(64);
  });

  it.each([{ task: 'other' }, { agentType: 'mock' }, { title: 'x' }, { onBranch: 'x' }, { branchName: 'x' }])(
    'is another one with %j',
    (change) => expect(isHashOf(requestHash(request, wish), { ...request, ...change }, wish)).toBe(false),
  );

  it('matches what was stored when hashes were made of what it resolved to', () => {
    const stored = 'b11703c4cc31bf463c4659a36610c8fa140147f94db44461d87380978bf2089e';
    expect(isHashOf(stored, request, wish)).toBe(true);
    expect(isHashOf(stored, { ...request, title: 'x' }, wish)).toBe(false);
    expect(isHashOf(null, request, wish)).toBe(false);
  });
});
