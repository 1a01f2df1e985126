import { VISIBLE } from '../../platform/text-rules.js';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { PERMISSION_POLICIES, type PermissionPolicy } from '../../events/session/session-vocabulary.js';
import { IsText } from '../request-rules.js';

/** The body of `POST …/prompts`. */
export class QueuePromptDto {
  @ApiProperty({ description: 'What the agent is asked.', maxLength: 100_000 })
  @IsText(100_000)
  @Matches(VISIBLE, { message: 'text must say what is asked' })
  text!: string;
}

/** The query of `GET …/permissions`. */
export class ListPermissionsDto {
  @ApiPropertyOptional({ enum: ['pending'], description: 'Only what waits for an answer.' })
  @IsOptional()
  @IsIn(['pending'], { message: 'state must be pending, or left out' })
  state?: 'pending';
}

/** The body of `POST …/permissions/{permissionId}/answer`. */
export class AnswerPermissionDto {
  @ApiProperty({ description: 'One of the options that the question lists.', maxLength: 200 })
  @IsText(200)
  optionId!: string;
}

/** The body of `PATCH …/sessions/{sessionId}`, and a part of those that ask for a session. */
export class SessionSettingsDto {
  @ApiPropertyOptional({
    enum: PERMISSION_POLICIES,
    enumName: 'PermissionPolicy',
    description: "How the agent's questions are answered.",
  })
  @IsOptional()
  @IsIn(PERMISSION_POLICIES, {
    message: `permissionPolicy must be one of: ${PERMISSION_POLICIES.join(', ')}`,
  })
  permissionPolicy?: PermissionPolicy;

  @ApiPropertyOptional({ description: "One of the agent's modes.", maxLength: 200 })
  @IsOptional()
  @IsText(200)
  @Matches(VISIBLE, { message: 'modeId must be the id of a mode' })
  modeId?: string;

  @ApiPropertyOptional({ description: "One of the agent's models.", maxLength: 200 })
  @IsOptional()
  @IsText(200)
  @Matches(VISIBLE, { message: 'model must be the id of a model' })
  model?: string;
}
