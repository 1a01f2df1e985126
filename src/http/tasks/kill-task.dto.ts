import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

/** The (optional) body of `POST /v1/tasks/{taskId}/kill`. */
export class KillTaskDto {
  @ApiPropertyOptional({ default: false, description: "Whether the task's branch outlives its sandbox." })
  @IsOptional()
  @IsBoolean({ message: 'keepBranch must be true or false' })
  keepBranch?: boolean;
}
