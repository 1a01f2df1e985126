import { ApiProperty } from '@nestjs/swagger';
import { FAILURE_CODES, type FailureCode } from '../../events/failure-codes.js';
import {
  ACTIVITIES,
  PERMISSION_POLICIES,
  type Activity,
  type PermissionPolicy,
} from '../../events/session/session-vocabulary.js';
import type { SessionRecord, TaskRecord } from '../../events/task/task-record.js';
import {
  SESSION_STATES,
  STAGES,
  TASK_STATUSES,
  type SessionState,
  type Stage,
  type TaskStatus,
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
    description: 'What it is doing; null until it works.',
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
  @ApiProperty(nullable('Kept also when provisioning failed.')) sandboxId!: string | null;
  @ApiProperty(nullable('Where the checkout is, if it is on this machine.')) sandboxPath!: string | null;
  @ApiProperty({
    type: [String],
    description: 'What people should know of the checkout (what is not in it, say), a sentence each.',
  })
  notices!: string[];
  @ApiProperty({
    type: KeptDto,
    nullable: true,
    description: 'Work that outlived the sandbox, where a kill was to keep it.',
  })
  kept!: KeptDto | null;
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
}
