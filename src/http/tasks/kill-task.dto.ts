import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

/** The (optional) body of `POST /v1/tasks/{taskId}/kill` and `/archive`. */
export class KillTaskDto {
  @ApiPropertyOptional({ default: false, description: "Whether the task's branch outlives its sandbox." })
  @IsOptional()
  @IsBoolean({ message: 'keepBranch must be true or false' })
  keepBranch?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'Goes on although there is work that is on no remote. Without this and `keepBranch` that is a 409.',
  })
  @IsOptional()
  @IsBoolean({ message: 'discardChanges must be true or false' })
  discardChanges?: boolean;
}
