import type { PermissionPolicy } from '../session/session-vocabulary.js';
import type { ProjectEvent } from './project-events.js';
import type { Author, EnvVersion } from './project-parts.js';

/** What new tasks of a project get where they ask for nothing else; null where the project says nothing. */
export interface ProjectSettingsFold {
  /** Commands for `/bin/sh`, before the repository's own. */
  readonly setup: string | null;
  readonly env: EnvVersion | null;
  readonly agentType: string | null;
  readonly permissionPolicy: PermissionPolicy | null;
  readonly commitAuthor: Author | null;
  readonly submodules: boolean | null;
  /** Seconds after which sandboxes stop; 0: never. */
  readonly idleStopAfter: number | null;
  readonly maxAge: number | null;
}

/** A project's settings as the fold of their events. */
export interface ProjectState extends ProjectSettingsFold {
  readonly projectId: string;
  readonly workspaceId: string;
  readonly changedAt: string;
}

/** Of a project that nobody has set anything for. */
export const NO_SETTINGS: ProjectSettingsFold = {
  setup: null,
  env: null,
  agentType: null,
  permissionPolicy: null,
  commitAuthor: null,
  submodules: null,
  idleStopAfter: null,
  maxAge: null,
};

export const PROJECT_SETTINGS = Object.keys(NO_SETTINGS) as (keyof ProjectSettingsFold)[];

/** The state after the event. */
export function evolveProject(state: ProjectState | null, { data }: ProjectEvent): ProjectState {
  const { projectId, workspaceId, at, ...changed } = data;
  const known = Object.fromEntries(
    PROJECT_SETTINGS.flatMap((name) => (changed[name] === undefined ? [] : [[name, changed[name]]])),
  ) as Partial<ProjectSettingsFold>;
  return { ...NO_SETTINGS, ...state, ...known, projectId, workspaceId, changedAt: at };
}
