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
}
export type HistoryItem = Schemas['HistoryItemDto'];
export type Project = Schemas['ProjectDto'];
export type StageDuration = Schemas['StageDurationDto'];
export type Problem = Schemas['ProblemDto'];
export type FieldProblem = Schemas['FieldProblemDto'];
export type FailureCode = Schemas['FailureCode'];
export type NewTask = Schemas['CreateTaskDto'];
export type NewSession = Schemas['RequestSessionDto'];

type Query<T extends keyof operations> = NonNullable<operations[T]['parameters']['query']>;
/** Which tasks, and which page of them: `limit` is 1 to 200, `cursor` the `next` of the page before. */
export type TaskQuery = Query<'TaskReadsController_list'>;
/** `at`: a position or an ISO 8601 time. */
export type TaskMoment = Query<'TaskReadsController_get'>;
/** `after`: a position; `limit` is 1 to 200. */
export type TranscriptQuery = Query<'TranscriptController_transcript'>;
export type HistoryQuery = Query<'TaskReadsController_history'>;
export type ProjectQuery = Query<'ProjectReadsController_projects'>;
export type StageDurationQuery = Query<'ProjectReadsController_stageDurations'>;

/** `next` is the cursor of the page after this one; null on the last. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}
