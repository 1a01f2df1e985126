import { ApiProperty } from '@nestjs/swagger';
import type { HistoryFilter, HistoryItem } from '../../projections/queries/list-history.js';
import type { Page } from '../../projections/queries/page-cursor.js';
import { DEFAULT_LIMIT, IsLimit, IsPosition, MIN_POSITION } from '../request-rules.js';

export class ListHistoryDto implements HistoryFilter {
  @IsPosition('Only what happened after this position: the `next` of an earlier page, or any position.')
  after?: string;

  @IsLimit()
  limit: number = DEFAULT_LIMIT;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

export class HistoryItemDto implements HistoryItem {
  @ApiProperty({ example: '4711' }) position!: string;
  @ApiProperty({ description: "The event's number in its task, from 0." }) revision!: number;
  @ApiProperty({ example: 'TaskCreated' }) type!: string;
  @ApiProperty({ type: String, format: 'date-time' }) time!: string;
  @ApiProperty({ type: Object, additionalProperties: true }) data!: Record<string, unknown>;
  @ApiProperty({ type: Object, additionalProperties: true }) metadata!: Record<string, unknown>;
}

export class HistoryPageDto implements Page<HistoryItem> {
  @ApiProperty({ type: [HistoryItemDto] }) items!: HistoryItemDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `after`; null when there is no more.',
  })
  next!: string | null;
}
