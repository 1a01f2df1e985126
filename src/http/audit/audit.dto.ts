import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, Matches } from 'class-validator';
import {
  AUDIT_SUBJECTS,
  type AuditEntry,
  type AuditRefusal,
  type AuditSubject,
  type AuditSubjectKind,
} from '../../access/audit-entries.js';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { DEFAULT_LIMIT, IsLimit, IsPosition, IsText, IsTime } from '../request-rules.js';

const IsFilter = (description: string): PropertyDecorator => {
  const decorators = [ApiPropertyOptional({ description, maxLength: 250 }), IsOptional(), IsText(250)];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name!));
};

const EITHER = 'Not both `after` and `before`.';

/** The query of `GET /v1/audit`. */
export class AuditQueryDto {
  @ApiPropertyOptional({ description: 'Only what was done in it; without it, all that the caller may see.' })
  @IsOptional()
  @Matches(new RegExp(whole(`${WORKSPACE_ID}|\\*`)), {
    message: '$property must be the id of a workspace, or *',
  })
  workspaceId?: string;

  @IsFilter(
    'Who: `user:…`, `token:<id>`, `api` and `cli` where nobody is asked, `nobody` for what came without anything by which somebody is known, `several` for refusals beyond those that are told one by one. What the service does by itself (`saga`, `session`, `changes`, `watch`, `admissions`, `webhooks`) only by that name.',
  )
  actor?: string;

  @IsFilter("The event's type, such as `KillRequested`; refusals are `RequestRefused`.") action?: string;
  @IsFilter('With which token.') tokenId?: string;
  @IsFilter('From which address.') address?: string;
  @IsFilter('The id of the task, session, project, token, log-in, webhook or workspace that it was done to.')
  subject?: string;
  @IsTime('Not earlier than that.') from?: string;
  @IsTime('Not later than that.') until?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Only what was refused, or only what was not.' })
  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)))
  @IsBoolean({ message: 'refused must be true or false' })
  refused?: boolean;

  @IsPosition(`Oldest first: what was done after this position (0 for the beginning). ${EITHER}`)
  after?: string;

  @IsPosition(
    `Newest first, which is the order without either: what was done before this position. ${EITHER}`,
  )
  before?: string;

  @IsLimit()
  limit: number = DEFAULT_LIMIT;
}

export class AuditSubjectDto implements AuditSubject {
  @ApiProperty({ enum: AUDIT_SUBJECTS, enumName: 'AuditSubjectKind' }) kind!: AuditSubjectKind;
  @ApiProperty() id!: string;
}

export class AuditRefusalDto implements AuditRefusal {
  @ApiProperty({ example: 'not_permitted' }) code!: string;
  @ApiProperty({ description: 'So often from the first time to the last.' }) count!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Of the first time.' }) method!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of the first time, without the query.' })
  path!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) firstAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) lastAt!: string;
}

export class AuditEntryDto implements AuditEntry {
  @ApiProperty({ example: '4711' }) position!: string;
  @ApiProperty({ type: String, format: 'date-time', description: 'When it was stored.' }) time!: string;
  @ApiProperty({ example: 'token:6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e' }) actor!: string;
  @ApiProperty({ example: 'KillRequested', description: "The event's type." }) action!: string;
  @ApiProperty({ type: AuditSubjectDto, nullable: true }) subject!: AuditSubject | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Where; `*` for all of them, null for what is of none. Of a refusal the workspace of who asked.',
  })
  workspaceId!: string | null;
  @ApiProperty({ type: String, nullable: true }) address!: string | null;
  @ApiProperty({ type: String, nullable: true }) tokenId!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'All that came of one request carries the same.',
  })
  correlationId!: string | null;
  @ApiProperty({
    type: AuditRefusalDto,
    nullable: true,
    description: 'What was refused; null for what was done.',
  })
  refusal!: AuditRefusal | null;
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto] }) items!: AuditEntryDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Give it as `after` where that was given, else as `before`; null when there is no more. A page looks at so much of the log and no more, so it may have few items or none, and a next one.',
  })
  next!: string | null;
}
