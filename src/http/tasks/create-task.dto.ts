import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { TaskRequest } from '../../commands/requests.js';
import { SessionSettingsDto } from '../sessions/session-requests.dto.js';
import { VISIBLE } from '../../platform/text-rules.js';
import { IsAgentType, IsText, IsWorkspaceId } from '../dto-rules.js';

/** A blank title is none. */
const BLANK_OR_VISIBLE = new RegExp(`^\\s*$|${VISIBLE.source}`, 'u');

/** The body of `POST /v1/tasks`. */
export class CreateTaskDto extends SessionSettingsDto implements TaskRequest {
  @ApiProperty({
    description: 'The prompt: what is to be done.',
    example: 'fix: the login page forgets the language',
    maxLength: 100_000,
  })
  @IsText(100_000)
  @Matches(VISIBLE, { message: 'task must say what is to be done' })
  task!: string;

  @ApiProperty({
    description: 'Address of the git repository: https, ssh, or a path below an allowed root.',
    example: 'https://github.com/acme/shop.git',
    maxLength: 2_048,
  })
  @IsText(2_048)
  @IsNotEmpty({ message: 'repoRemote must be the address of a git repository' })
  repoRemote!: string;

  @ApiPropertyOptional({ default: 'default' })
  @IsOptional()
  @IsWorkspaceId()
  workspaceId?: string;

  @ApiPropertyOptional({ description: 'Made from the prompt when absent.', maxLength: 200 })
  @IsOptional()
  @IsText(200)
  @Matches(BLANK_OR_VISIBLE, { message: 'title must have something to read, or be left out' })
  title?: string;

  @ApiPropertyOptional({
    description: 'Made from the title when absent. Must not be taken by another task of the project.',
    maxLength: 100,
  })
  @IsOptional()
  @IsString()
  branchName?: string;

  @ApiPropertyOptional({
    description: "The branch to start from; the repository's default branch when absent.",
    maxLength: 100,
  })
  @IsOptional()
  @IsString()
  onBranch?: string;

  @ApiPropertyOptional({
    description: 'Where the sandbox is made; the first configured provider when absent.',
    example: 'local',
  })
  @IsOptional()
  @IsString()
  @MaxLength(50)
  providerId?: string;

  @ApiPropertyOptional({ example: 'mock' })
  @IsOptional()
  @IsAgentType()
  agentType?: string;
}
