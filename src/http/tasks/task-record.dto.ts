import { ApiProperty } from '@nestjs/swagger';
import { FAILURE_CODES, type FailureCode } from '../../events/failure-codes.js';
import {
  ACTIVITIES,
  PERMISSION_POLICIES,
  type Activity,
  type PermissionPolicy,
} from '../../events/session/session-vocabulary.js';
import {
  ACTION_KINDS,
  ACTION_STATES,
  CHECK_STATES,
  PULL_REQUEST_STATES,
  type ActionKind,
  type ActionState,
  type CheckState,
  type PullRequestFold,
  type PullRequestState,
} from '../../events/task/action-state.js';
import { SLEEP_REASONS, type SleepReason } from '../../events/task/lifecycle-state.js';
import type {
  ActionRecord,
  ChangesSummary,
  QueueRecord,
  SessionRecord,
  SetupRecord,
  SleepRecord,
  TaskRecord,
} from '../../events/task/task-record.js';
import {
  SESSION_STATES,
  SETUP_SOURCES,
  SETUP_STATES,
  STAGES,
  TASK_STATUSES,
  WAITS,
  type SessionState,
  type SetupSource,
  type SetupState,
  type Stage,
  type TaskStatus,
  type WaitsFor,
} from '../../events/task/vocabulary.js';

const nullable = (description: string) => ({ type: String, nullable: true, description }) as const;
const dateTime = { type: String, format: 'date-time' } as const;

export class ChoiceDto {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

export class UsageDto {
  @ApiProperty({ required: false }) inputTokens?: number;
  @ApiProperty({ required: false }) outputTokens?: number;
  @ApiProperty({ required: false, description: "Tokens in the agent's context." }) used?: number;
  @ApiProperty({ required: false, description: 'Tokens that fit into it.' }) size?: number;
  @ApiProperty({ required: false }) cost?: number;
  @ApiProperty({ required: false }) currency?: string;
}

/** A session in the API document; its shape is SessionRecord. */
export class SessionDto implements SessionRecord {
  @ApiProperty({ format: 'uuid' }) sessionId!: string;
  @ApiProperty({ format: 'uuid' }) taskId!: string;
  @ApiProperty() agentType!: string;
  @ApiProperty({ enum: SESSION_STATES, enumName: 'SessionState' }) state!: SessionState;
  @ApiProperty(nullable("The agent's own name for the session, once it is ready.")) agentSessionId!:
    string | null;
  @ApiProperty(nullable('Why it is not ready, or why it ended.')) error!: string | null;
  @ApiProperty(dateTime) createdAt!: string;
  @ApiProperty({
    enum: ACTIVITIES,
    enumName: 'Activity',
    nullable: true,
    description: 'What it is doing; null where it does nothing because its task is in error.',
  })
  activity!: Activity | null;
  @ApiProperty() queuedPrompts!: number;
  @ApiProperty({ description: 'Prompts of which it is not known whether they reached the agent.' })
  unsurePrompts!: number;
  @ApiProperty({ description: 'Questions of the agent that wait for an answer.' })
  pendingPermissions!: number;
  @ApiProperty({ enum: PERMISSION_POLICIES, enumName: 'PermissionPolicy' })
  permissionPolicy!: PermissionPolicy;
  @ApiProperty(nullable("The agent's mode.")) modeId!: string | null;
  @ApiProperty({ type: [ChoiceDto] }) modes!: ChoiceDto[];
  @ApiProperty(nullable("The agent's model.")) model!: string | null;
  @ApiProperty({ type: [ChoiceDto] }) models!: ChoiceDto[];
  @ApiProperty({ type: UsageDto }) usage!: UsageDto;
  @ApiProperty({ ...dateTime, nullable: true, description: 'When something was last said or done in it.' })
  lastEntryAt!: string | null;
}

export class TaskErrorDto {
  @ApiProperty({
    enum: STAGES,
    enumName: 'Stage',
    description:
      'The stage that failed. For an event that cannot be read: the one that was due, or else ended last.',
  })
  stage!: Stage;
  @ApiProperty() attempts!: number;
  @ApiProperty({ enum: FAILURE_CODES, enumName: 'FailureCode', description: 'A stable word for programs.' })
  code!: FailureCode;
  @ApiProperty() reason!: string;
  @ApiProperty(dateTime) at!: string;
}

export class KeptRefDto {
  @ApiProperty({ example: 'refs/kept/6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e/heads/fix-the-login' })
  name!: string;
  @ApiProperty() commit!: string;
}

export class KeptDto {
  @ApiProperty({ description: 'The git repository that has the refs.' }) where!: string;
  @ApiProperty({ description: 'How many refs there are.' }) count!: number;
  @ApiProperty({ type: [KeptRefDto], description: 'The first 100.' }) refs!: KeptRefDto[];
}

export class ActionErrorDto {
  @ApiProperty({ enum: FAILURE_CODES, enumName: 'FailureCode', description: 'A stable word for programs.' })
  code!: FailureCode;
  @ApiProperty() reason!: string;
}

/** An action in the API document; its shape is ActionRecord. */
export class ActionDto implements ActionRecord {
  @ApiProperty({ format: 'uuid' }) actionId!: string;
  @ApiProperty({ format: 'uuid' }) taskId!: string;
  @ApiProperty({ enum: ACTION_KINDS, enumName: 'ActionKind' }) kind!: ActionKind;
  @ApiProperty({ enum: ACTION_STATES, enumName: 'ActionState' }) state!: ActionState;
  @ApiProperty({ description: 'Which attempt, from 1.' }) attempt!: number;
  @ApiProperty({ description: 'One line for people.' }) message!: string;
  @ApiProperty(nullable('What the branch on the remote is on, once it is.')) commit!: string | null;
  @ApiProperty(nullable('Of the pull request.')) url!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Of the pull request.' }) number!: number | null;
  @ApiProperty({ type: ActionErrorDto, nullable: true }) error!: ActionErrorDto | null;
  @ApiProperty(dateTime) requestedAt!: string;
  @ApiProperty({ ...dateTime, nullable: true }) startedAt!: string | null;
  @ApiProperty({ ...dateTime, nullable: true }) endedAt!: string | null;
}

export class PullRequestDto implements PullRequestFold {
  @ApiProperty() url!: string;
  @ApiProperty() number!: number;
  @ApiProperty({ enum: PULL_REQUEST_STATES, enumName: 'PullRequestState' }) state!: PullRequestState;
  @ApiProperty({ enum: CHECK_STATES, enumName: 'CheckState' }) checks!: CheckState;
  @ApiProperty({ ...dateTime, description: 'When that was last found out.' }) at!: string;
}

export class ChangesSummaryDto implements ChangesSummary {
  @ApiProperty() files!: number;
  @ApiProperty() additions!: number;
  @ApiProperty() deletions!: number;
  @ApiProperty({ description: 'Commits that the branch it came from has not.' }) ahead!: number;
  @ApiProperty({ description: 'Commits of the branch it came from, as last fetched, that it has not.' })
  behind!: number;
  @ApiProperty({ description: 'Files that are not committed.' }) uncommitted!: number;
  @ApiProperty({ description: 'Whether the remote has all of it.' }) pushed!: boolean;
  @ApiProperty(dateTime) at!: string;
}

export class ChangesProblemDto {
  @ApiProperty({ enum: FAILURE_CODES, enumName: 'FailureCode' }) code!: FailureCode;
  @ApiProperty() reason!: string;
  @ApiProperty(dateTime) at!: string;
}

export class SetupDto implements SetupRecord {
  @ApiProperty({
    enum: SETUP_SOURCES,
    enumName: 'SetupSource',
    description: 'Given with the task, of its project, or `.slipway/setup.sh` of the repository.',
  })
  source!: SetupSource;
  @ApiProperty({ enum: SETUP_STATES, enumName: 'SetupState' }) state!: SetupState;
  @ApiProperty(
    nullable('The end of what it put out, once it has ended. The history has up to 20,000 characters of it.'),
  )
  output!: string | null;
}

export class QueueDto implements QueueRecord {
  @ApiProperty(dateTime) since!: string;
  @ApiProperty({ enum: WAITS, enumName: 'WaitsFor', nullable: true, description: 'Once that is known.' })
  for!: WaitsFor | null;
  @ApiProperty({ type: Number, nullable: true, description: 'The limit that is reached.' }) limit!:
    number | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Where in the line, from 1, at the time of the answer; not in live updates and histories.',
  })
  place!: number | null;
}

export class SleepDto implements SleepRecord {
  @ApiProperty({ type: Number, nullable: true, description: 'Seconds without activity; null: any number.' })
  idleStopAfter!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Seconds awake; null: any number.' })
  maxAge!: number | null;
  @ApiProperty({
    ...dateTime,
    nullable: true,
    description:
      'When the sandbox stops as things are, or the deadline that it was stopped at; null while there is none: something is done in it.',
  })
  deadline!: string | null;
  @ApiProperty({
    enum: SLEEP_REASONS,
    enumName: 'SleepReason',
    nullable: true,
    description: 'Nothing happens in it, or it has been awake for long.',
  })
  for!: SleepReason | null;
  @ApiProperty({ description: 'Whether the deadline has been told of in an event.' }) warned!: boolean;
}

/** A task in the API document; its shape is TaskRecord. */
export class TaskDto implements TaskRecord {
  @ApiProperty({ format: 'uuid' }) taskId!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ format: 'uuid' }) projectId!: string;
  @ApiProperty() repoRemote!: string;
  @ApiProperty({
    description: 'The prompt. Lists and live updates carry its beginning only: see taskTruncated.',
  })
  task!: string;
  @ApiProperty({
    required: false,
    type: Boolean,
    enum: [true],
    description:
      'There where `task` is the beginning of a long prompt; GET /v1/tasks/{taskId} has all of it.',
  })
  taskTruncated?: true;
  @ApiProperty({
    required: false,
    type: Boolean,
    enum: [true],
    description: 'There where what people and agents said in it is erased: texts are `[erased]`.',
  })
  erased?: true;
  @ApiProperty(nullable('Made by the stage ensure_name when none was given.')) title!: string | null;
  @ApiProperty(nullable('The reserved branch; before that the one asked for.')) branchName!: string | null;
  @ApiProperty(nullable('The branch it starts from; null for the default branch.')) onBranch!: string | null;
  @ApiProperty() providerId!: string;
  @ApiProperty() agentType!: string;
  @ApiProperty({ enum: TASK_STATUSES, enumName: 'TaskStatus' }) status!: TaskStatus;
  @ApiProperty({ description: 'One line for people.' }) statusMessage!: string;
  @ApiProperty({
    enum: STAGES,
    enumName: 'Stage',
    nullable: true,
    description: 'The stage that is due, under way or failed.',
  })
  stage!: Stage | null;
  @ApiProperty({ description: 'Which attempt of the stage, from 1.' }) attempt!: number;
  @ApiProperty({ type: TaskErrorDto, nullable: true }) error!: TaskErrorDto | null;
  @ApiProperty({
    type: QueueDto,
    nullable: true,
    description: 'There while it waits for room in its workspace.',
  })
  queue!: QueueDto | null;
  @ApiProperty({ type: SleepDto, nullable: true, description: 'There where its sandbox stops by itself.' })
  sleep!: SleepDto | null;
  @ApiProperty(nullable('Kept also when provisioning failed.')) sandboxId!: string | null;
  @ApiProperty(nullable('Where the checkout is, if it is on this machine.')) sandboxPath!: string | null;
  @ApiProperty({
    type: [String],
    description: 'What people should know of the checkout (what is not in it, say), a sentence each.',
  })
  notices!: string[];
  @ApiProperty({
    type: SetupDto,
    nullable: true,
    description: 'What is run in the sandbox before the agent starts; null where there is nothing to run.',
  })
  setup!: SetupDto | null;
  @ApiProperty({
    type: [String],
    description: 'The names of the variables that its project gives its sandbox.',
  })
  env!: string[];
  @ApiProperty({
    type: KeptDto,
    nullable: true,
    description: 'Work that outlived the sandbox, where a kill was to keep it.',
  })
  kept!: KeptDto | null;
  @ApiProperty({
    type: ActionDto,
    nullable: true,
    description: 'The newest of its actions: a push, a pull request.',
  })
  action!: ActionDto | null;
  @ApiProperty(nullable('What its branch was last pushed with.')) pushedCommit!: string | null;
  @ApiProperty({ type: PullRequestDto, nullable: true }) pullRequest!: PullRequestDto | null;
  @ApiProperty({
    type: ChangesSummaryDto,
    nullable: true,
    description: 'What is changed in the checkout, as it was last seen behind; null before that.',
  })
  changes!: ChangesSummaryDto | null;
  @ApiProperty({
    type: ChangesProblemDto,
    nullable: true,
    description: 'Why the last look at the changes saw nothing.',
  })
  changesProblem!: ChangesProblemDto | null;
  @ApiProperty({ format: 'uuid', description: 'The first session.' }) sessionId!: string;
  @ApiProperty({ type: [SessionDto] }) sessions!: SessionDto[];
  @ApiProperty({
    enum: ACTIVITIES,
    enumName: 'Activity',
    nullable: true,
    description: "The most urgent of its sessions'.",
  })
  activity!: Activity | null;
  @ApiProperty({ description: 'Whether nothing goes on without somebody: a question, a doubt or an error.' })
  needsYou!: boolean;
  @ApiProperty({ description: 'The one cursor: position of the last event in this record.', example: '4711' })
  position!: string;
  @ApiProperty(dateTime) createdAt!: string;
  @ApiProperty(dateTime) updatedAt!: string;
}

export class FieldProblemDto {
  @ApiProperty() field!: string;
  @ApiProperty() message!: string;
}

export class UnpushedWorkDto {
  @ApiProperty({ description: 'Commits that are on no remote.' }) commits!: number;
  @ApiProperty({ description: 'Files that are not committed.' }) uncommitted!: number;
  @ApiProperty({ type: [String], description: 'Where the commits are, some of them.' }) tips!: string[];
}

/** RFC 9457, in the API document. */
export class ProblemDto {
  @ApiProperty({ example: 'about:blank' }) type!: string;
  @ApiProperty() title!: string;
  @ApiProperty() status!: number;
  @ApiProperty({ description: 'What is wrong and what to change.' }) detail!: string;
  @ApiProperty({ enum: FAILURE_CODES, enumName: 'FailureCode', description: 'A stable word for programs.' })
  code!: FailureCode;
  @ApiProperty({
    required: false,
    type: [FieldProblemDto],
    description: 'One entry for each field that is wrong.',
  })
  errors?: FieldProblemDto[];
  @ApiProperty({
    required: false,
    type: UnpushedWorkDto,
    description: 'With `unpushed_work`: what is on no remote; absent where it could not be looked at.',
  })
  work?: UnpushedWorkDto;
}
