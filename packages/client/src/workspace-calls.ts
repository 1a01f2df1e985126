import type { CallOptions } from './rest.js';
import { SessionCalls } from './session-calls.js';
import type {
  Credential,
  CredentialKind,
  LimitsWish,
  NewCredential,
  Page,
  ProjectChange,
  ProjectWithSettings,
  Workspace,
  WorkspaceQuery,
  WorkspaceUsage,
} from './types.js';

/** What belongs to a workspace: how much it may have, the credentials with which its repositories are read and written, and its projects' settings. */
export abstract class WorkspaceCalls extends SessionCalls {
  /** A page of the workspaces that have tasks, by id; of those one is let into, where that is not into all. */
  listWorkspaces(
    query: WorkspaceQuery = {},
    options: CallOptions = {},
  ): Promise<Page<{ workspaceId: string }>> {
    return this.call('GET /v1/workspaces', options, (signal) =>
      this.api.GET('/v1/workspaces', { params: { query }, signal }),
    );
  }

  /** How much the workspace may have. */
  getWorkspace(workspaceId: string, options: CallOptions = {}): Promise<Workspace> {
    return this.call(`GET the workspace ${workspaceId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}', { params: { path: { workspaceId } }, signal }),
    );
  }

  /** Changes how much it may have; null takes a limit of its own away. Tasks that wait go on where there is room now. */
  limitWorkspace(workspaceId: string, limits: LimitsWish, options: CallOptions = {}): Promise<Workspace> {
    return this.call(`PATCH the workspace ${workspaceId}`, options, (signal) =>
      this.api.PATCH('/v1/workspaces/{workspaceId}', {
        params: { path: { workspaceId } },
        body: { limits },
        signal,
      }),
    );
  }

  /** How much the workspace has, and has had on each of the last days (UTC), today first. */
  getUsage(
    workspaceId: string,
    { days, ...options }: CallOptions & { readonly days?: number } = {},
  ): Promise<WorkspaceUsage> {
    return this.call(`GET the usage of ${workspaceId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}/usage', {
        params: { path: { workspaceId }, query: { days } },
        signal,
      }),
    );
  }

  /** A project, and what its new tasks get. */
  getProject(projectId: string, options: CallOptions = {}): Promise<ProjectWithSettings> {
    return this.call(`GET /v1/projects/${projectId}`, options, (signal) =>
      this.api.GET('/v1/projects/{projectId}', { params: { path: { projectId } }, signal }),
    );
  }

  /** Changes what the project's new tasks get. What is left out stays as it is; `null` clears it. */
  changeProject(
    projectId: string,
    change: ProjectChange,
    options: CallOptions = {},
  ): Promise<ProjectWithSettings> {
    return this.call(`PATCH /v1/projects/${projectId}`, options, (signal) =>
      this.api.PATCH('/v1/projects/{projectId}', {
        params: { path: { projectId } },
        body: change,
        signal,
      }),
    );
  }

  /** Gives the workspace a credential for a host (`github.com`, `git.example.com:8443`), in place of the one of that kind. */
  setCredential(
    workspaceId: string,
    host: string,
    credential: NewCredential,
    options: CallOptions = {},
  ): Promise<Credential> {
    return this.call(`PUT the credential for ${host}`, options, (signal) =>
      this.api.PUT('/v1/workspaces/{workspaceId}/credentials/{host}', {
        params: { path: { workspaceId, host } },
        body: credential,
        signal,
      }),
    );
  }

  /** The workspace's credentials, by host; what is secret is not in them. */
  listCredentials(workspaceId: string, options: CallOptions = {}): Promise<{ items: Credential[] }> {
    return this.call(`GET the credentials of ${workspaceId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}/credentials', { params: { path: { workspaceId } }, signal }),
    );
  }

  /** Deletes the host's credentials for good, or the one of a kind. */
  deleteCredential(
    workspaceId: string,
    host: string,
    { kind, ...options }: CallOptions & { readonly kind?: CredentialKind } = {},
  ): Promise<void> {
    return this.call<void>(`DELETE the credential for ${host}`, options, async (signal) => {
      const { error, response } = await this.api.DELETE('/v1/workspaces/{workspaceId}/credentials/{host}', {
        params: { path: { workspaceId, host }, query: { kind } },
        signal,
      });
      return { error, response };
    });
  }
}
