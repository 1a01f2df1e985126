import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, Matches } from 'class-validator';
import { IsText } from '../request-rules.js';
import { ActionDto } from './task-record.dto.js';

/** The (optional) body of `POST /v1/tasks/{taskId}/push`. */
export class RequestPushDto {
  @ApiPropertyOptional({
    nullable: true,
    type: String,
    description: "Of the commit with what is not committed; made from the task's title without.",
  })
  @IsOptional()
  @IsText(20_000)
  message?: string | null;

  @ApiPropertyOptional({ default: true, description: 'Whether what is not committed is committed first.' })
  @IsOptional()
  @IsBoolean({ message: 'includeUncommitted must be true or false' })
  includeUncommitted?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'Replaces what the branch has on the remote, as long as nobody changes it meanwhile.',
  })
  @IsOptional()
  @IsBoolean({ message: 'force must be true or false' })
  force?: boolean;
}

/** The (optional) body of `POST /v1/tasks/{taskId}/pull-request`. */
export class RequestPullRequestDto extends RequestPushDto {
  @ApiPropertyOptional({ nullable: true, type: String, description: "The task's own without." })
  @IsOptional()
  @IsText(500)
  title?: string | null;

  @ApiPropertyOptional({ nullable: true, type: String, description: 'What the agent said last, without.' })
  @IsOptional()
  @IsText(50_000)
  body?: string | null;

  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean({ message: 'draft must be true or false' })
  draft?: boolean;

  @ApiPropertyOptional({
    nullable: true,
    type: String,
    description:
      "The branch that it is to go into: the one that the task began from, else the repository's default.",
  })
  @IsOptional()
  @IsText(250)
  @Matches(/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u, { message: 'base must be the name of a branch' })
  base?: string | null;
}

export class ActionListDto {
  @ApiProperty({ type: [ActionDto] }) items!: ActionDto[];
}
