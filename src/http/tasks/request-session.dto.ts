import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import type { SessionRequest } from '../../commands/requests.js';
import { SessionSettingsDto } from '../sessions/session-requests.dto.js';
import { IsAgentType, IsText } from '../request-rules.js';

/** The (optional) body of `POST /v1/tasks/{taskId}/sessions`. */
export class RequestSessionDto extends SessionSettingsDto implements SessionRequest {
  @ApiPropertyOptional({ description: "The task's own agent type when absent.", example: 'mock' })
  @IsOptional()
  @IsAgentType()
  agentType?: string;

  @ApiPropertyOptional({ description: 'What to ask at once; nothing when absent.', maxLength: 100_000 })
  @IsOptional()
  @IsText(100_000)
  prompt?: string;
}
