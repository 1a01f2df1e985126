import { ApiProperty } from '@nestjs/swagger';
import type { Permission, Prompt } from '../../events/session/session-state.js';
import { PROMPT_STATES, type PromptState } from '../../events/session/session-vocabulary.js';

/** A prompt in the API document. */
export class PromptDto {
  @ApiProperty({ format: 'uuid' }) promptId!: string;
  @ApiProperty() text!: string;
  @ApiProperty({ enum: PROMPT_STATES, enumName: 'PromptState' }) state!: PromptState;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Its place in the queue, from 1; null when it waits no more.',
  })
  position!: number | null;
  @ApiProperty({ description: 'Who asked.' }) by!: string;
  @ApiProperty({ format: 'date-time' }) queuedAt!: string;
}

export class PromptListDto {
  @ApiProperty({ type: [PromptDto] }) items!: PromptDto[];
}

export class PermissionOptionDto {
  @ApiProperty() optionId!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ enum: ['allow_once', 'allow_always', 'reject_once', 'reject_always', 'other'] })
  kind!: string;
}

/** A question of the agent in the API document. */
export class PermissionDto {
  @ApiProperty({ format: 'uuid' }) permissionId!: string;
  @ApiProperty({ required: false }) toolCallId?: string;
  @ApiProperty() title!: string;
  @ApiProperty({ type: [PermissionOptionDto] }) options!: PermissionOptionDto[];
  @ApiProperty({ enum: ['pending', 'answered', 'cancelled'] }) state!: 'pending' | 'answered' | 'cancelled';
  @ApiProperty({ format: 'date-time' }) askedAt!: string;
  @ApiProperty({
    required: false,
    format: 'date-time',
    description: 'When it is cancelled by itself; absent for never.',
  })
  deadline?: string;
  @ApiProperty({ required: false, description: 'The option that was chosen.' }) answer?: string;
  @ApiProperty({ required: false, description: 'Who answered: a person, the policy, a deadline, a cancel.' })
  by?: string;
}

export class PermissionListDto {
  @ApiProperty({ type: [PermissionDto] }) items!: PermissionDto[];
}

/** The prompts as the API shows them, oldest first. */
export function toPrompts(prompts: readonly Prompt[]): PromptDto[] {
  let place = 0;
  return prompts.map(({ promptId, text, state, by, queuedAt }) => ({
    promptId,
    text,
    state,
    position: state === 'queued' ? ++place : null,
    by,
    queuedAt,
  }));
}

export function toPermission({
  permissionId,
  toolCallId,
  title,
  options,
  askedAt,
  deadline,
  answer,
}: Permission): PermissionDto {
  const shown = { permissionId, toolCallId, title, options: [...options], askedAt, deadline };
  if (answer === undefined) return { ...shown, state: 'pending' };
  if (answer.optionId === null) return { ...shown, state: 'cancelled', by: answer.by };
  return { ...shown, state: 'answered', answer: answer.optionId, by: answer.by };
}
