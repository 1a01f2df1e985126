import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { StageDuration } from '../../projections/queries/stage-durations.js';
import { STAGES, type Stage } from '../../events/task/vocabulary.js';

export class StageDurationsFilterDto {
  @ApiProperty({ required: false, description: 'Of this provider only.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  providerId?: string;
}

export class StageDurationDto implements StageDuration {
  @ApiProperty() providerId!: string;
  @ApiProperty({ enum: STAGES, enumName: 'Stage' }) stage!: Stage;
  @ApiProperty({ description: 'How many of the last stages this is taken from.' }) count!: number;
  @ApiProperty({ description: 'Half of them took no longer, in milliseconds.' }) p50Ms!: number;
  @ApiProperty({ description: 'Nine in ten took no longer, in milliseconds.' }) p90Ms!: number;
}

export class StageDurationsDto {
  @ApiProperty({ type: [StageDurationDto] }) items!: StageDurationDto[];
}
