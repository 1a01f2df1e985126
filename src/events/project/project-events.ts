import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { Uuid } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';
import { Policy } from '../session/session-summary.js';
import { Author, EnvVersion } from './project-parts.js';

/* STORAGE FORMAT: see ../task/task-events.ts. */

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** Absent where it stays as it is; null where it is to be as if nobody had ever set it. */
const setting = <S extends TSchema>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]));

export const PROJECT_EVENT_SCHEMAS = {
  /** Tells only what has changed. */
  ProjectSettingsChanged: Type.Object({
    projectId: Uuid,
    workspaceId: Text(200),
    setup: setting(Text(10_000)),
    env: setting(EnvVersion),
    agentType: setting(Text(200)),
    permissionPolicy: setting(Policy),
    commitAuthor: setting(Author),
    submodules: setting(Type.Boolean()),
    idleStopAfter: setting(Type.Integer({ minimum: 0 })),
    maxAge: setting(Type.Integer({ minimum: 0 })),
    at: Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' }),
  }),
};

type Types = keyof typeof PROJECT_EVENT_SCHEMAS;
/** What has happened to one project's settings. */
export type ProjectEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof PROJECT_EVENT_SCHEMAS)[T]> };
}[Types];
export const PROJECT_EVENT_TYPES = Object.keys(PROJECT_EVENT_SCHEMAS) as Types[];

export const projectCodec = codecOf<ProjectEvent>(PROJECT_EVENT_SCHEMAS);

export const projectStream = (projectId: string): string => `project-${projectId}`;
