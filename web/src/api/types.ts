import type { components } from '../api.gen.js';

/** The API's shapes under the page's names; they come from the service's own OpenAPI document. */
type Schemas = components['schemas'];
export type TaskRecord = Schemas['TaskDto'];
export type SessionRecord = Schemas['SessionDto'];
export type TaskStatus = Schemas['TaskStatus'];
export type SessionState = Schemas['SessionState'];
export type Stage = Schemas['Stage'];
export type Transcript = Schemas['SessionTranscriptDto'];
export type NewTask = Schemas['CreateTaskDto'];
export type HistoryItem = Schemas['HistoryItemDto'];
export type Project = Schemas['ProjectDto'];
export type StageDuration = Schemas['StageDurationDto'];
export type Problem = Schemas['ProblemDto'];
export type FieldProblem = Schemas['FieldProblemDto'];
