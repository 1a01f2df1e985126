import type { components, operations } from './api.gen.js';

/** The API's shapes under names for people; they come from the service's own OpenAPI document. */
type Schemas = components['schemas'];
export type TaskRecord = Schemas['TaskDto'];
export type TaskStatus = Schemas['TaskStatus'];
export type Stage = Schemas['Stage'];
export type TaskError = Schemas['TaskErrorDto'];
export type SessionRecord = Schemas['SessionDto'];
export type SessionState = Schemas['SessionState'];
export type Activity = Schemas['Activity'];
export type PermissionPolicy = Schemas['PermissionPolicy'];
export type SessionSettings = Schemas['SessionSettingsDto'];
export type Prompt = Schemas['PromptDto'];
export type PromptState = Schemas['PromptState'];
/** A question of the agent. */
export type Permission = Schemas['PermissionDto'];
/** One thing in a session's transcript; `kind` says which. */
export type TranscriptEntry = Schemas['TranscriptPageDto']['items'][number];
export type TranscriptPage = Schemas['TranscriptPageDto'];
export type Transcript = Schemas['SessionTranscriptDto'];
/** A piece of a text that is being written; the entry with this `entryId` has all of it. */
export interface TranscriptDelta {
  readonly entryId: string;
  readonly kind: 'message' | 'thought';
  readonly text: string;
  /** Characters of the text that came before it; undefined from a service that does not say. */
  readonly offset: number | undefined;
}
/** A credential for a git host, without what is secret in it. */
export type Credential = Schemas['CredentialDto'];
export type CredentialKind = Schemas['CredentialKind'];
/** `https`: a token and the user name that goes with it; `ssh`: a private key and the host's known_hosts lines. */
export type NewCredential = Schemas['PutCredentialDto'];
/** Whom a workspace tells of what happens to its tasks, and how far that has got. */
export type Webhook = Schemas['WebhookDto'];
export type WebhookStatus = Schemas['WebhookStatus'];
export type NewWebhook = Schemas['CreateWebhookDto'];
/** With the secret that its messages are signed with. */
export type CreatedWebhook = Schemas['CreatedWebhookDto'];
export type WebhookChange = Schemas['ChangeWebhookDto'];
/** One attempt to hand a message over. */
export type WebhookDelivery = Schemas['DeliveryDto'];
/** How much a workspace may have; null: no limit. */
export type Workspace = Schemas['WorkspaceDto'];
export type LimitsWish = Schemas['LimitsWishDto'];
export type WorkspaceUsage = Schemas['WorkspaceUsageDto'];
/** What a task that waits for room waits for. */
export type WaitsFor = Schemas['WaitsFor'];
/** Something that was asked to be done with a task's work: a push, a pull request. */
export type Action = Schemas['ActionDto'];
export type ActionState = Schemas['ActionState'];
export type PushRequest = Schemas['RequestPushDto'];
export type PullRequestRequest = Schemas['RequestPullRequestDto'];
export type PullRequest = Schemas['PullRequestDto'];
export type SetupOutput = Schemas['SetupOutputDto'];
/** A task's changes as they were last seen. */
export type Changes = Schemas['ChangesAnswerDto'];
export type ChangedFile = Schemas['ChangedFileDto'];
export type ChangeStatus = Schemas['ChangeStatus'];
export type FolderList = Schemas['FolderListDto'];
export type FileContent = Schemas['FileContentDto'];
/** What is kept of a killed task. */
export type KeptWork = Schemas['KeptWorkDto'];
export type HistoryItem = Schemas['HistoryItemDto'];
export type Project = Schemas['ProjectDto'];
/** A project with what its new tasks get. */
export type ProjectWithSettings = Schemas['ProjectWithSettingsDto'];
export type ProjectSettings = Schemas['ProjectSettingsDto'];
/** What is to be another than before: what is left out stays, `null` clears. */
export type ProjectChange = Schemas['ChangeProjectDto'];
/** Lines of a sandbox's log. */
export type LogPage = Schemas['LogPageDto'];
/** What of a sandbox puts out. */
export type LogSource = Schemas['LogSource'];
export type StageDuration = Schemas['StageDurationDto'];
export type Problem = Schemas['ProblemDto'];
export type FieldProblem = Schemas['FieldProblemDto'];
export type FailureCode = Schemas['FailureCode'];
export type Role = Schemas['Role'];
export type Caller = Schemas['CallerDto'];
/** Where sandboxes are made, and who may work in them. */
export type Providers = Schemas['ProviderListDto'];
export type AccessToken = Schemas['TokenDto'];
export type CreatedToken = Schemas['CreatedTokenDto'];
export type Login = Schemas['LoginDto'];
/** Who did what, or what was refused to whom. */
export type AuditEntry = Schemas['AuditEntryDto'];
export type NewToken = Schemas['CreateTokenDto'];
export type NewTask = Schemas['CreateTaskDto'];
export type NewSession = Schemas['RequestSessionDto'];

type Query<T extends keyof operations> = NonNullable<operations[T]['parameters']['query']>;
/** Which tasks, and which page of them: `limit` is 1 to 200, `cursor` the `next` of the page before. */
export type TaskQuery = Query<'TaskReadsController_list'>;
/** Which tasks are counted: as in a list. */
export type TaskCountQuery = Query<'TaskReadsController_counts'>;
/** Of every status and agent as if it alone had been asked for. */
export type TaskCounts = Schemas['TaskCountsDto'];
/** `limit` is 1 to 200, `cursor` the `next` of the page before. */
export type WorkspaceQuery = Query<'WorkspaceListController_list'>;
/** `at`: a position or an ISO 8601 time. */
export type TaskMoment = Query<'TaskReadsController_get'>;
/** `after`: a position; `limit` is 1 to 200. */
export type TranscriptQuery = Query<'TranscriptController_transcript'>;
/** One file alone, and where it was before it was renamed. */
export type DiffQuery = Query<'ChangesController_diff'>;
/** Which log, and from where on: `after` is the `next` of an earlier page. */
export type LogQuery = Query<'LogsController_read'>;
export type HistoryQuery = Query<'TaskReadsController_history'>;
/** `after` for the oldest first, `before` or neither for the newest; times are ISO 8601. */
export type AuditQuery = Query<'AuditController_list'>;
export type ProjectQuery = Query<'ProjectReadsController_projects'>;
export type StageDurationQuery = Query<'ProjectReadsController_stageDurations'>;

/** `next` is the cursor of the page after this one; null on the last. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}
