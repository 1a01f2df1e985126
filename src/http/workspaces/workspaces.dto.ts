import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min, ValidateNested, IsObject } from 'class-validator';
import type { Limits, LimitsWish, OwnLimits } from '../../access/limits.js';
import { MOST } from '../../events/access/limit-events.js';
import type { DayUsage } from '../../projections/queries/workspace-usage.js';

const whole = { message: `$property must be a whole number from 0 to ${MOST}, or null for none of its own` };
const IsLimit = (description: string): PropertyDecorator => {
  const decorators = [
    ApiPropertyOptional({ type: Number, minimum: 0, maximum: MOST, nullable: true, description }),
    IsOptional(),
    IsInt(whole),
    Min(0, whole),
    Max(MOST, whole),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name!));
};

/** What is to hold for a workspace: null takes a limit of its own away, so that the service's settings hold. */
export class LimitsWishDto implements LimitsWish {
  @IsLimit('Tasks that are begun and neither archived nor killed; further ones wait.')
  liveTasks?: number | null;
  @IsLimit('Sessions in those tasks that are not over; a task that would exceed it waits.')
  sessions?: number | null;
  @IsLimit(
    'Minutes that agents work in a day (UTC); then tasks wait, and prompts are refused, until the next.',
  )
  agentMinutesPerDay?: number | null;
  @IsLimit('Tasks created in a minute.') createsPerMinute?: number | null;
  @IsLimit('Prompts that wait for their agents at a time.') promptsQueued?: number | null;
  @IsLimit(
    'Seconds without activity after which sandboxes stop, of new tasks that neither they nor their projects have others for; 0: never.',
  )
  idleStopAfter?: number | null;
  @IsLimit(
    'Seconds that sandboxes go on at most, of new tasks that neither they nor their projects have others for; 0: any number.',
  )
  maxAge?: number | null;
}

/** The body of `PATCH /v1/workspaces/{workspaceId}`. */
export class ChangeWorkspaceDto {
  @ApiProperty({ type: LimitsWishDto })
  @Type(() => LimitsWishDto)
  @IsObject({ message: 'limits must be an object with limits by their names' })
  @ValidateNested()
  limits!: LimitsWishDto;
}

const limit = { type: Number, nullable: true, description: 'Null: no limit.' } as const;

export class LimitsDto implements Limits {
  @ApiProperty(limit) liveTasks!: number | null;
  @ApiProperty(limit) sessions!: number | null;
  @ApiProperty(limit) agentMinutesPerDay!: number | null;
  @ApiProperty(limit) createsPerMinute!: number | null;
  @ApiProperty(limit) promptsQueued!: number | null;
  @ApiProperty(limit) idleStopAfter!: number | null;
  @ApiProperty(limit) maxAge!: number | null;
}

const own = { type: Number } as const;

export class OwnLimitsDto implements OwnLimits {
  @ApiPropertyOptional(own) liveTasks?: number;
  @ApiPropertyOptional(own) sessions?: number;
  @ApiPropertyOptional(own) agentMinutesPerDay?: number;
  @ApiPropertyOptional(own) createsPerMinute?: number;
  @ApiPropertyOptional(own) promptsQueued?: number;
  @ApiPropertyOptional(own) idleStopAfter?: number;
  @ApiPropertyOptional(own) maxAge?: number;
}

export class WorkspaceDto {
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ type: LimitsDto, description: 'What holds.' }) limits!: LimitsDto;
  @ApiProperty({ type: OwnLimitsDto, description: "What was set for it; the others are the service's." })
  ownLimits!: OwnLimitsDto;
}

const MOST_DAYS = 90;
const days = { message: `days must be a whole number from 1 to ${MOST_DAYS}` };

export class UsageQueryDto {
  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: MOST_DAYS, default: 30 })
  @IsOptional()
  @Transform(({ value }) => (/^\d+$/.test(String(value)) ? Number(value) : (value as unknown)))
  @IsInt(days)
  @Min(1, days)
  @Max(MOST_DAYS, days)
  days = 30;
}

export class DayUsageDto implements DayUsage {
  @ApiProperty({ description: 'UTC.', example: '2026-12-01' }) day!: string;
  @ApiProperty() tasksCreated!: number;
  @ApiProperty() sessions!: number;
  @ApiProperty() prompts!: number;
  @ApiProperty({ description: 'Begun in the day.' }) turns!: number;
  @ApiProperty({ description: 'Of turns that were begun in the day and have ended.' }) agentSeconds!: number;
  @ApiProperty({ description: 'As agents report them.' }) inputTokens!: number;
  @ApiProperty({ description: 'As agents report them.' }) outputTokens!: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'As agents report it, by currency.',
  })
  cost!: Record<string, number>;
}

export class UsageNowDto {
  @ApiProperty({ description: 'Tasks that are begun and neither archived nor killed.' }) liveTasks!: number;
  @ApiProperty({ description: 'Tasks that wait for room.' }) waitingTasks!: number;
  @ApiProperty({ description: 'Sessions of live tasks that are not over.' }) sessions!: number;
  @ApiProperty({ description: 'Prompts that wait for their agents.' }) promptsQueued!: number;
  @ApiProperty({ description: 'Minutes that agents have worked today (UTC), turns under way among them.' })
  agentMinutesToday!: number;
}

export class WorkspaceUsageDto {
  @ApiProperty() workspaceId!: string;
  @ApiProperty({ type: UsageNowDto }) now!: UsageNowDto;
  @ApiProperty({ type: LimitsDto }) limits!: LimitsDto;
  @ApiProperty({ type: [DayUsageDto], description: 'Today first.' }) days!: DayUsageDto[];
}
