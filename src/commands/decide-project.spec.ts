import { describe, expect, it } from '@jest/globals';
import type { ProjectEvent } from '../events/project/project-events.js';
import {
  evolveProject,
  type ProjectSettingsFold,
  type ProjectState,
} from '../events/project/project-state.js';
import { decideProject } from './decide-project.js';

const PROJECT = { projectId: '5a0c4f1b-3a43-4c55-8f0e-6f0f8b8f2c02', workspaceId: 'acme' };
const at = '2026-01-02T03:04:05.678Z';
const given = (...changes: Partial<ProjectSettingsFold>[]) => {
  const state = changes.reduce<ProjectState | null>((before, change) => {
    const event: ProjectEvent = { type: 'ProjectSettingsChanged', data: { ...PROJECT, ...change, at } };
    return evolveProject(before, event);
  }, null);
  return {
    state,
    when: (change: Partial<ProjectSettingsFold>) => ({
      then: (expected: Partial<ProjectSettingsFold> | null) =>
        expect(decideProject({ type: 'ChangeProject', ...PROJECT, change, at }, state)).toEqual(
          expected === null
            ? []
            : [{ type: 'ProjectSettingsChanged', data: { ...PROJECT, ...expected, at } }],
        ),
    }),
  };
};
const env = { envId: '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e', names: ['A'] };

describe("a project's settings", () => {
  it('are told as far as they have changed', () =>
    given({ setup: 'npm ci', submodules: true })
      .when({ setup: 'npm ci', agentType: 'claude', submodules: false })
      .then({ agentType: 'claude', submodules: false }));
  it('are changed by nothing that they are already', () => {
    given().when({}).then(null);
    given().when({ setup: null, env: null, submodules: null }).then(null);
    given({ env, commitAuthor: { name: 'A', email: 'a@b' } })
      .when({ env: { ...env, names: [...env.names] }, commitAuthor: { name: 'A', email: 'a@b' } })
      .then(null);
  });
  it('are cleared with null, and false is not null', () => {
    given({ setup: 'npm ci', env }).when({ setup: null, env: null }).then({ setup: null, env: null });
    given({ submodules: true }).when({ submodules: false }).then({ submodules: false });
    given({ submodules: false }).when({ submodules: null }).then({ submodules: null });
  });
  it('fold into the last of each', () =>
    expect(given({ setup: 'a', submodules: true }, { setup: null }, { agentType: 'mock' }).state).toEqual({
      ...PROJECT,
      setup: null,
      env: null,
      agentType: 'mock',
      permissionPolicy: null,
      commitAuthor: null,
      submodules: true,
      idleStopAfter: null,
      maxAge: null,
      changedAt: at,
    }));
});
