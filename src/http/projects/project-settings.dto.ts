import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsObject, IsOptional, Matches, ValidateBy, ValidateNested } from 'class-validator';
import type { ProjectChange } from '../../commands/change-project.js';
import type { Author } from '../../events/project/project-parts.js';
import type { ProjectSettingsFold } from '../../events/project/project-state.js';
import { PERMISSION_POLICIES, type PermissionPolicy } from '../../events/session/session-vocabulary.js';
import {
  LONGEST_VALUE,
  MOST_ENV_BYTES,
  MOST_VARIABLES,
  variableNameProblem,
  variableValueProblem,
} from '../../platform/env-variables.js';
import { IsAgentType, IsSeconds, IsText, seconds } from '../request-rules.js';
import { ProjectDto } from './list-projects.dto.js';

const nullable = { nullable: true } as const;
const NULL_CLEARS = '`null` clears it.';
const MOST_NAMES = 1_000;

/** Whom git names in a commit: nothing that would end a line or a field of it, and more than signs alone, which git drops. */
const AUTHOR_NAME = /^(?=.*[\p{L}\p{N}])[^<>\p{Cc}\p{Cf}\u2028\u2029]{1,200}$/u;
const AUTHOR_EMAIL = /^(?=.*[\p{L}\p{N}])[^<>\s\p{C}]{1,200}$/u;

export class AuthorDto implements Author {
  @ApiProperty({ example: 'Acme Bot', maxLength: 200 })
  @Transform(({ value }) => (typeof value === 'string' ? value.trim() : (value as unknown)))
  @Matches(AUTHOR_NAME, {
    message: 'name must be a name of at most 200 characters on one line, without "<" and ">"',
  })
  name!: string;

  @ApiProperty({ example: 'bot@acme.example', maxLength: 200 })
  @Matches(AUTHOR_EMAIL, {
    message: 'email must be an address of at most 200 characters, without blanks, "<" and ">"',
  })
  email!: string;
}

/** What is wrong with the variables of a request; each problem says with which. */
function envProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be an object of names and values';
  const all = Object.entries(value);
  if (all.length > MOST_NAMES) return `must name at most ${MOST_NAMES} variables`;
  for (const [name, text] of all) {
    const ofName = variableNameProblem(name);
    if (ofName !== null) return `has a name that is refused: ${ofName}`;
    const ofValue = text === null ? null : variableValueProblem(text);
    if (ofValue !== null) return `has a value that is refused: ${name} ${ofValue}`;
  }
  return null;
}

const IsEnv = () =>
  ValidateBy({
    name: 'isEnv',
    validator: {
      validate: (value) => envProblem(value) === null,
      defaultMessage: (args) => `${args?.property} ${envProblem(args?.value)}`,
    },
  });

/** The body of `PATCH /v1/projects/{projectId}`: what is left out stays as it is. */
export class ChangeProjectDto implements ProjectChange {
  @ApiPropertyOptional({
    ...nullable,
    type: String,
    maxLength: 10_000,
    example: 'npm ci',
    description: `Commands for /bin/sh, run in the checkout before the agent starts, of tasks that bring none. ${NULL_CLEARS}`,
  })
  @Transform(({ value }) => (typeof value === 'string' && value.trim() === '' ? null : (value as unknown)))
  @IsOptional()
  @IsText(10_000)
  setup?: string | null;

  @ApiPropertyOptional({
    ...nullable,
    type: 'object',
    additionalProperties: { type: 'string', nullable: true, maxLength: LONGEST_VALUE },
    example: { NPM_CONFIG_REGISTRY: 'https://npm.acme.example/', OLD_ONE: null },
    description: `Variables for setup and agent, inside of the sandbox only: those that are named are set, or removed with \`null\`; \`null\` in place of all removes all. Stored encrypted, shown by name only. At most ${MOST_VARIABLES}, ${MOST_ENV_BYTES} bytes in all.`,
  })
  @IsOptional()
  @IsEnv()
  env?: Record<string, string | null> | null;

  @ApiPropertyOptional({ ...nullable, type: String, example: 'claude', description: NULL_CLEARS })
  @IsOptional()
  @IsAgentType()
  agentType?: string | null;

  @ApiPropertyOptional({
    ...nullable,
    enum: PERMISSION_POLICIES,
    enumName: 'PermissionPolicy',
    description: `How the agent's questions are answered in a task's first session. ${NULL_CLEARS}`,
  })
  @IsOptional()
  @IsIn(PERMISSION_POLICIES, {
    message: `permissionPolicy must be one of: ${PERMISSION_POLICIES.join(', ')}`,
  })
  permissionPolicy?: PermissionPolicy | null;

  @ApiPropertyOptional({
    ...nullable,
    type: AuthorDto,
    description: `Who commits what an agent has left uncommitted when it is pushed; SLIPWAY_COMMIT_AUTHOR when it is not set. ${NULL_CLEARS}`,
  })
  @IsOptional()
  @IsObject({ message: 'commitAuthor must be an object with name and email' })
  @ValidateNested()
  @Type(() => AuthorDto)
  commitAuthor?: AuthorDto | null;

  @ApiPropertyOptional({
    ...nullable,
    type: Boolean,
    description: `Whether submodules are fetched; SLIPWAY_SUBMODULES when it is not set. ${NULL_CLEARS}`,
  })
  @IsOptional()
  @IsBoolean()
  submodules?: boolean | null;

  @ApiPropertyOptional({
    ...seconds,
    ...nullable,
    description: `Seconds without activity after which a sandbox stops; 0: never. ${NULL_CLEARS}`,
  })
  @IsOptional()
  @IsSeconds()
  idleStopAfter?: number | null;

  @ApiPropertyOptional({
    ...seconds,
    ...nullable,
    description: `Seconds that a sandbox goes on at most, whatever happens in it; 0: any number. ${NULL_CLEARS}`,
  })
  @IsOptional()
  @IsSeconds()
  maxAge?: number | null;
}

/** What a project gives its new tasks; null where it says nothing. */
export class ProjectSettingsDto implements Omit<ProjectSettingsFold, 'env'> {
  @ApiProperty({ ...nullable, type: String }) setup!: string | null;
  @ApiProperty({ type: [String], description: 'The names of its variables; their values are not shown.' })
  env!: string[];
  @ApiProperty({ ...nullable, type: String }) agentType!: string | null;
  @ApiProperty({ ...nullable, enum: PERMISSION_POLICIES, enumName: 'PermissionPolicy' })
  permissionPolicy!: PermissionPolicy | null;
  @ApiProperty({ ...nullable, type: AuthorDto }) commitAuthor!: AuthorDto | null;
  @ApiProperty({ ...nullable, type: Boolean }) submodules!: boolean | null;
  @ApiProperty({ ...nullable, type: Number }) idleStopAfter!: number | null;
  @ApiProperty({ ...nullable, type: Number }) maxAge!: number | null;
}

export class ProjectWithSettingsDto extends ProjectDto {
  @ApiProperty({ type: ProjectSettingsDto }) settings!: ProjectSettingsDto;
}
