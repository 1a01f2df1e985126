import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import {
  NOTICE_CODES,
  type NoticeCode,
  type TranscriptEntry,
} from '../../events/session/transcript-entry.js';
import { ACTIVITIES, PERMISSION_POLICIES, type Activity } from '../../events/session/session-vocabulary.js';
import type { Page } from '../../projections/queries/page-cursor.js';
import type { TranscriptFilter } from '../../projections/queries/list-transcript.js';
import { DEFAULT_LIMIT, IsLimit, IsPosition, MIN_POSITION } from '../request-rules.js';
import { ChoiceDto, UsageDto } from '../tasks/task-record.dto.js';
import { PermissionOptionDto } from './session-records.dto.js';

export class ListTranscriptDto implements TranscriptFilter {
  @IsPosition('Only what came after this position: the `next` of an earlier page, or that of any entry.')
  after?: string;

  @ApiProperty({
    required: false,
    example: 'end',
    description:
      'Only what came before this position, the last of it, in rising position: the `previous` of an earlier page, or `end`.',
  })
  @IsOptional()
  @Matches(/^(end|\d{1,19})$/, { message: 'before must be a position, or "end"' })
  before?: string;

  @IsLimit()
  limit: number = DEFAULT_LIMIT;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

const optional = (description?: string) => ({ required: false, description }) as const;
const kindOf = (...kinds: string[]) => ({ enum: kinds }) as const;

class EntryDto {
  @ApiProperty({ example: '4711', description: 'Entries rise by it; resume after it.' }) position!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
}

export class PromptEntryDto extends EntryDto {
  @ApiProperty(kindOf('prompt')) kind!: string;
  @ApiProperty({ format: 'uuid' }) promptId!: string;
  @ApiProperty({ enum: ['queued', 'sent', 'withdrawn'] }) state!: string;
  @ApiProperty(optional("In the first of the prompt's entries only.")) text?: string;
  @ApiProperty(optional()) by?: string;
}

export class TextEntryDto extends EntryDto {
  @ApiProperty(kindOf('message', 'thought')) kind!: string;
  @ApiProperty() text!: string;
  @ApiProperty(optional('Takes the place of the deltas of this name: see the live topic.')) entryId?: string;
}

class ToolLocationDto {
  @ApiProperty() path!: string;
  @ApiProperty(optional()) line?: number;
}

class ToolContentDto {
  @ApiProperty({ enum: ['text', 'diff', 'terminal'] }) type!: string;
  @ApiProperty(optional('Of a text.')) text?: string;
  @ApiProperty(optional('Of a diff.')) path?: string;
  @ApiProperty({
    required: false,
    type: String,
    nullable: true,
    description: 'Of a diff; null for a new file.',
  })
  oldText?: string | null;
  @ApiProperty(optional('Of a diff.')) newText?: string;
  @ApiProperty(optional('Of a terminal.')) terminalId?: string;
}

class ToolCallDto {
  @ApiProperty() toolCallId!: string;
  @ApiProperty() title!: string;
  @ApiProperty({ description: "The agent's word for it: read, edit, execute …" }) kind!: string;
  @ApiProperty({ enum: ['pending', 'in_progress', 'completed', 'failed'] }) status!: string;
  @ApiProperty({ type: [ToolLocationDto] }) locations!: ToolLocationDto[];
  @ApiProperty({ type: [ToolContentDto] }) content!: ToolContentDto[];
}

export class ToolCallEntryDto extends EntryDto {
  @ApiProperty(kindOf('tool_call')) kind!: string;
  @ApiProperty({ description: 'The whole call as it is now: replaces the one of that id.' })
  toolCall!: ToolCallDto;
}

class PlanStepDto {
  @ApiProperty() content!: string;
  @ApiProperty({ enum: ['pending', 'in_progress', 'completed'] }) status!: string;
}

export class PlanEntryDto extends EntryDto {
  @ApiProperty(kindOf('plan')) kind!: string;
  @ApiProperty({ type: [PlanStepDto], description: 'The whole plan as it is now.' }) entries!: PlanStepDto[];
}

export class PermissionEntryDto extends EntryDto {
  @ApiProperty(kindOf('permission')) kind!: string;
  @ApiProperty({ format: 'uuid' }) permissionId!: string;
  @ApiProperty({ enum: ['pending', 'answered', 'cancelled'] }) state!: string;
  @ApiProperty(optional()) toolCallId?: string;
  @ApiProperty(optional('Of a question.')) title?: string;
  @ApiProperty({ required: false, type: [PermissionOptionDto], description: 'Of a question.' })
  options?: PermissionOptionDto[];
  @ApiProperty(optional('Of a question: whether it is about changing files.')) isEdit?: boolean;
  @ApiProperty({ required: false, format: 'date-time' }) deadline?: string;
  @ApiProperty(optional('Of an answer: the option that was chosen.')) answer?: string;
  @ApiProperty(optional('Of an answer: a person, the policy, a deadline, a cancel.')) by?: string;
}

export class ModeEntryDto extends EntryDto {
  @ApiProperty(kindOf('mode')) kind!: string;
  @ApiProperty(optional()) modeId?: string;
  @ApiProperty({ required: false, type: [ChoiceDto] }) modes?: ChoiceDto[];
  @ApiProperty(optional()) model?: string;
  @ApiProperty({ required: false, type: [ChoiceDto] }) models?: ChoiceDto[];
}

export class UsageEntryDto extends EntryDto {
  @ApiProperty(kindOf('usage')) kind!: string;
  @ApiProperty() usage!: UsageDto;
}

class TurnFailureDto {
  @ApiProperty(optional()) code?: number;
  @ApiProperty() message!: string;
}

export class TurnEndedEntryDto extends EntryDto {
  @ApiProperty(kindOf('turn_ended')) kind!: string;
  @ApiProperty({ format: 'uuid' }) promptId!: string;
  @ApiProperty({ description: 'end_turn, cancelled, failed, lost, or another word of the agent.' })
  stopReason!: string;
  @ApiProperty({ required: false }) failure?: TurnFailureDto;
  @ApiProperty({ required: false }) usage?: UsageDto;
}

export class NoticeEntryDto extends EntryDto {
  @ApiProperty(kindOf('notice')) kind!: string;
  @ApiProperty({ enum: NOTICE_CODES, enumName: 'NoticeCode' }) code!: NoticeCode;
  @ApiProperty({ description: 'For people.' }) text!: string;
  @ApiProperty(optional()) promptId?: string;
  @ApiProperty(optional()) by?: string;
  @ApiProperty({ required: false, enum: ['new', 'load', 'resume', 'anew'] }) how?: string;
  @ApiProperty(optional('What the agent asked for in vain.')) method?: string;
  @ApiProperty(optional("How many of the agent's events are missing.")) missing?: number;
  @ApiProperty({ required: false, enum: PERMISSION_POLICIES, enumName: 'PermissionPolicy' })
  permissionPolicy?: string;
  @ApiProperty(optional()) modeId?: string;
  @ApiProperty(optional()) model?: string;
}

const ENTRIES = [
  PromptEntryDto,
  TextEntryDto,
  ToolCallEntryDto,
  PlanEntryDto,
  PermissionEntryDto,
  ModeEntryDto,
  UsageEntryDto,
  TurnEndedEntryDto,
  NoticeEntryDto,
];

@ApiExtraModels(...ENTRIES)
export class TranscriptPageDto implements Page<TranscriptEntry> {
  @ApiProperty({ type: 'array', items: { oneOf: ENTRIES.map((dto) => ({ $ref: getSchemaPath(dto) })) } })
  items!: TranscriptEntry[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `after`; null when there is no more.',
  })
  next!: string | null;
  @ApiProperty({
    required: false,
    type: String,
    nullable: true,
    description: 'Where `before` was given: give it as `before`; null when there is nothing before.',
  })
  previous?: string | null;
  @ApiProperty({
    enum: ACTIVITIES,
    enumName: 'Activity',
    nullable: true,
    description: 'What it is doing now.',
  })
  activity!: Activity | null;
}
