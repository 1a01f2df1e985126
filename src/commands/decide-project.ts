import { isDeepStrictEqual } from 'node:util';
import type { ProjectEvent } from '../events/project/project-events.js';
import {
  NO_SETTINGS,
  PROJECT_SETTINGS,
  type ProjectSettingsFold,
  type ProjectState,
} from '../events/project/project-state.js';

/** What a project's settings are to be: null as if it had never been set, absent as it is. */
export interface ChangeProject {
  readonly type: 'ChangeProject';
  readonly projectId: string;
  readonly workspaceId: string;
  readonly change: Partial<ProjectSettingsFold>;
  readonly at: string;
}

/** What follows from the command for the project as it is. Pure. Nothing when nothing would be another than before. */
export function decideProject(
  { projectId, workspaceId, change, at }: ChangeProject,
  state: ProjectState | null,
): ProjectEvent[] {
  const now: ProjectSettingsFold = state ?? NO_SETTINGS;
  const changed = PROJECT_SETTINGS.filter(
    (name) => change[name] !== undefined && !isDeepStrictEqual(change[name], now[name]),
  );
  if (changed.length === 0) return [];
  const data = Object.fromEntries(changed.map((name) => [name, change[name]]));
  return [{ type: 'ProjectSettingsChanged', data: { projectId, workspaceId, ...data, at } }];
}
