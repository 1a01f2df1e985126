import { Controller, Get, Inject } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  SETUP_SOURCES,
  SETUP_STATES,
  type SetupSource,
  type SetupState,
} from '../../events/task/vocabulary.js';
import { GetSetup } from '../../projections/queries/get-setup.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Needs } from '../access/needs.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from './task-record.dto.js';

const LOOK_MS = 5_000;

export class SetupOutputDto {
  @ApiProperty({
    enum: SETUP_SOURCES,
    enumName: 'SetupSource',
    nullable: true,
    description: '`null`: there is no setup (yet).',
  })
  source!: SetupSource | null;
  @ApiProperty({ enum: SETUP_STATES, enumName: 'SetupState', nullable: true }) state!: SetupState | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The end of what it has put out, at most 20,000 characters; `null` where nothing is known of it.',
  })
  output!: string | null;
}

@ApiTags('tasks')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/tasks/:taskId/setup')
export class SetupController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  @Needs('read', 'task')
  @Get('output')
  @ApiOperation({
    summary:
      'What the setup has put out: so far while it runs (ask again for more), as it is stored when it has ended.',
  })
  @ApiOkResponse({ type: SetupOutputDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async output(@IdParam('taskId') taskId: string): Promise<SetupOutputDto> {
    const { providerId, setup } = await this.queries.execute(new GetSetup(taskId));
    if (setup === null) return { source: null, state: null, output: null };
    if (setup.state !== 'running') return { ...setup };
    const provider = this.providers.get(providerId);
    const output = await provider?.setupOutput?.(taskId, AbortSignal.timeout(LOOK_MS));
    return { ...setup, output: output ?? null };
  }
}
