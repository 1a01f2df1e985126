import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { TaskRequest } from '../../commands/requests.js';
import { SessionSettingsDto } from '../sessions/session-requests.dto.js';
import { VISIBLE } from '../../platform/text-rules.js';
import { IsAgentType, IsSeconds, IsText, IsWorkspaceId, seconds } from '../request-rules.js';

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

  @ApiPropertyOptional({
    description:
      "Commands for /bin/sh, run in the checkout before the agent starts: the first that fails ends them. The repository's `.slipway/setup.sh` when absent, if it has one.",
    example: 'npm ci',
    maxLength: 10_000,
  })
  @IsOptional()
  @IsText(10_000)
  setup?: string;

  @ApiPropertyOptional({
    ...seconds,
    description:
      "Seconds without activity after which the sandbox stops and the task sleeps until the next prompt; 0: never. The project's, the workspace's or the service's when absent.",
    example: 1_800,
  })
  @IsOptional()
  @IsSeconds()
  idleStopAfter?: number;

  @ApiPropertyOptional({
    ...seconds,
    description:
      "Seconds that the sandbox goes on at most, whatever happens in it, before the task sleeps; 0: any number. The project's, the workspace's or the service's when absent.",
  })
  @IsOptional()
  @IsSeconds()
  maxAge?: number;
}
