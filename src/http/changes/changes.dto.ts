import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, MaxLength, ValidateBy } from 'class-validator';
import {
  CHANGE_STATUSES,
  LEFT_OUT_REASONS,
  type ChangedFile,
  type ChangeStatus,
  type LeftOut,
  type LeftOutReason,
} from '../../events/task/changes.js';
import { IsPosition, MIN_POSITION } from '../request-rules.js';
import { ChangesProblemDto, ChangesSummaryDto } from '../tasks/task-record.dto.js';

const LONGEST_PATH = 4_096;

/** A path below the checkout: parts with a name each, none of them `.`, `..` or `.git`. */
export function isPathBelow(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST_PATH &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    value.split('/').every((part) => part !== '' && !/^(\.|\.\.|\.git)$/i.test(part))
  );
}

/** A path in the checkout, as lists give it. */
function IsPathBelow(mayBeEmpty: boolean): PropertyDecorator {
  return ValidateBy({
    name: 'isPathBelow',
    validator: {
      validate: (value) => (mayBeEmpty && value === '') || isPathBelow(value),
      defaultMessage: (args) =>
        `${args?.property} must be a path in the checkout such as src/index.ts: no leading slash, no "..", no ".git"`,
    },
  });
}

export class GetChangesDto {
  @ApiProperty({
    required: false,
    description: 'A position or an ISO 8601 time: as they had been seen by then.',
    example: '2026-01-31T12:00:00Z',
  })
  @IsOptional()
  @MaxLength(40)
  at?: string;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

export class DiffDto {
  @ApiProperty({ required: false, description: 'One file alone; all of them when absent.' })
  @IsOptional()
  @IsPathBelow(false)
  path?: string;

  @ApiProperty({ required: false, description: 'Where that file was before it was renamed.' })
  @IsOptional()
  @IsPathBelow(false)
  oldPath?: string;
}

export class FolderDto {
  @ApiProperty({ required: false, default: '', description: "A folder; the checkout's own when absent." })
  @IsOptional()
  @IsPathBelow(true)
  path?: string;
}

export class FileDto {
  @ApiProperty({ description: 'A file.' })
  @IsPathBelow(false)
  path!: string;
}

export class ChangedFileDto implements ChangedFile {
  @ApiProperty() path!: string;
  @ApiProperty({ required: false, description: 'Of what was renamed: its path before.' }) oldPath?: string;
  @ApiProperty({ enum: CHANGE_STATUSES, enumName: 'ChangeStatus' }) status!: ChangeStatus;
  @ApiProperty({ description: 'Lines; 0 of what is binary.' }) additions!: number;
  @ApiProperty() deletions!: number;
  @ApiProperty() binary!: boolean;
}

export class LeftOutDto implements LeftOut {
  @ApiProperty() path!: string;
  @ApiProperty({ enum: LEFT_OUT_REASONS, enumName: 'LeftOutReason' }) why!: LeftOutReason;
}

export class ChangesDto extends ChangesSummaryDto {
  @ApiProperty({ description: 'The commit that the changes are told against.' }) base!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null before a first commit.' }) head!:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null where HEAD is detached.' })
  branch!: string | null;
  @ApiProperty({ type: [ChangedFileDto], description: 'By path; the first 500.' }) items!: ChangedFileDto[];
  @ApiProperty({ type: [LeftOutDto], description: 'Files that are not committed and were not looked at.' })
  left!: LeftOutDto[];
  @ApiProperty({ description: 'Whether there are more files, or more was left out, than is named.' })
  truncated!: boolean;
}

export class ChangesAnswerDto {
  @ApiProperty({ type: ChangesDto, nullable: true, description: 'Null until they were looked at.' })
  changes!: ChangesDto | null;
  @ApiProperty({
    type: ChangesProblemDto,
    nullable: true,
    description: 'Why the last look saw nothing; what was seen before stays.',
  })
  problem!: ChangesProblemDto | null;
  @ApiProperty({ description: 'Whether a look was asked for that has not been taken yet.' })
  refreshing!: boolean;
}

export class FolderEntryDto {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: ['file', 'folder', 'link', 'other'] }) kind!: 'file' | 'folder' | 'link' | 'other';
  @ApiProperty({ required: false, description: 'Bytes; of a file.' }) size?: number;
}

export class FolderListDto {
  @ApiProperty() path!: string;
  @ApiProperty({ type: [FolderEntryDto], description: 'Folders first.' }) items!: FolderEntryDto[];
  @ApiProperty({ description: 'Whether there are more than 5,000.' }) truncated!: boolean;
}

export class FileContentDto {
  @ApiProperty() path!: string;
  @ApiProperty({ description: 'Bytes.' }) size!: number;
  @ApiProperty() binary!: boolean;
  @ApiProperty({ description: 'Whether `content` is the first MiB only.' }) truncated!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Null of what is binary.' }) content!:
    string | null;
}
