import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { ROLES_OF_CALLERS, type Role } from '../../events/access/token-events.js';
import type { Token } from '../../access/tokens.js';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { IsText } from '../request-rules.js';

const WHERE = "A workspace, or `*` for all. The caller's own when absent.";
const IsWorkspaceOrAll = () =>
  Matches(new RegExp(whole(`${WORKSPACE_ID}|\\*`)), {
    message: '$property must be a workspace (letters, digits, ".", "_", "-"), or * for all of them',
  });

export class CreateTokenDto {
  @ApiProperty({ minLength: 1, maxLength: 100, description: 'What it is for, for people.' })
  @IsText(100)
  @MinLength(1)
  name!: string;

  @ApiProperty({ enum: ROLES_OF_CALLERS, enumName: 'Role' })
  @IsIn(ROLES_OF_CALLERS, { message: `role must be one of ${ROLES_OF_CALLERS.join(', ')}` })
  role!: Role;

  @ApiProperty({ required: false, description: WHERE })
  @IsOptional()
  @IsWorkspaceOrAll()
  workspaceId?: string;

  @ApiProperty({
    required: false,
    description: 'ISO 8601 in UTC; without it the token holds until it is revoked.',
  })
  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/, {
    message: 'expiresAt must be a time in UTC such as 2027-01-31T12:00:00Z',
  })
  expiresAt?: string;
}

export class ListTokensDto {
  @ApiProperty({ required: false, description: WHERE })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  workspaceId?: string;
}

export class TokenDto {
  @ApiProperty({ format: 'uuid' }) tokenId!: string;
  @ApiProperty() name!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ enum: ROLES_OF_CALLERS, enumName: 'Role' }) role!: Role;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When somebody came with it lately, to the hour.',
  })
  usedAt!: string | null;
}

export class CreatedTokenDto extends TokenDto {
  @ApiProperty({ description: 'What the caller sends. It is shown here and never again.' }) token!: string;
}

export class TokenListDto {
  @ApiProperty({ type: [TokenDto] }) items!: TokenDto[];
}

export class GrantDto {
  @ApiProperty({ description: 'A workspace, or `*` for all.' }) workspaceId!: string;
  @ApiProperty({ enum: ROLES_OF_CALLERS, enumName: 'Role' }) role!: Role;
}

const CAME_BY = ['nobody', 'token', 'login'] as const;

export class CallerDto {
  @ApiProperty({ description: 'As it is stored with what the caller does.' }) actor!: string;
  @ApiProperty({ enum: ROLES_OF_CALLERS, enumName: 'Role' }) role!: Role;
  @ApiProperty({
    description:
      'The workspace the caller is let into, or `*`; of several the one that is meant where none is named.',
  })
  workspaceId!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Of a person, as their provider tells it.' })
  name!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'If the provider has verified it.' })
  email!: string | null;
  @ApiProperty({ type: [GrantDto], description: 'What the caller is in which workspace.' })
  workspaces!: GrantDto[];
  @ApiProperty({ enum: CAME_BY, description: '`nobody`: nobody is asked here.' })
  by!: (typeof CAME_BY)[number];
}

export class LiveTicketDto {
  @ApiProperty({ description: 'For one WebSocket: /v1/live?ticket=…' }) ticket!: string;
  @ApiProperty({ type: String, format: 'date-time' }) expiresAt!: string;
}

export const toTokenDto = ({ hash: _, ...token }: Token): TokenDto => token;
