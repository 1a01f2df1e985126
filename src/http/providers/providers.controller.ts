import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Settings } from '../../platform/settings/settings.js';
import { SETTINGS } from '../../platform/tokens.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Needs } from '../access/needs.js';

class ProviderDto {
  @ApiProperty() providerId!: string;
  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'The agent types that may be asked for there; null where that is not limited.',
  })
  agents!: string[] | null;
}

class ProviderListDto {
  @ApiProperty({ type: [ProviderDto], description: 'The first one is taken where none is named.' })
  items!: ProviderDto[];
  @ApiProperty({ description: 'The agent type that is taken where none is named, here or by the project.' })
  defaultAgent!: string;
}

/** Where sandboxes are made here, and who may work in them. */
@ApiTags('tasks')
@Controller('v1/providers')
export class ProvidersController {
  constructor(
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Needs('read', 'nothing')
  @Get()
  @ApiOperation({ summary: 'Which providers and agents a task can be created with.' })
  @ApiOkResponse({ type: ProviderListDto })
  list(): ProviderListDto {
    const items = this.providers.ids.map((providerId) => {
      const { agents } = this.providers.get(providerId);
      return { providerId, agents: agents === undefined ? null : [...agents] };
    });
    return { items, defaultAgent: this.settings.defaultAgent };
  }
}
