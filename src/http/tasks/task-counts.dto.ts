import { ApiProperty } from '@nestjs/swagger';
import { TASK_STATUSES, type TaskStatus } from '../../events/task/vocabulary.js';
import type { FilteredCounts } from '../../projections/queries/count-tasks.js';

class StatusCountDto {
  @ApiProperty({ enum: TASK_STATUSES, enumName: 'TaskStatus' }) status!: TaskStatus;
  @ApiProperty() count!: number;
}

class AgentCountDto {
  @ApiProperty() agentType!: string;
  @ApiProperty() count!: number;
}

export class TaskCountsDto implements FilteredCounts {
  @ApiProperty({ description: 'Of all that was asked for.' }) total!: number;
  @ApiProperty({
    type: [StatusCountDto],
    description: 'By status, whichever was asked for, most first; what no task has is left out.',
  })
  statuses!: StatusCountDto[];
  @ApiProperty({
    description:
      'Of those in which nothing goes on without somebody, whatever was asked of that and of the status.',
  })
  needsYou!: number;
  @ApiProperty({ type: [AgentCountDto], description: 'By agent, whichever was asked for, most first.' })
  agents!: AgentCountDto[];
}
