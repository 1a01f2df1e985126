import { Controller, Delete, Get, Inject } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { AccessDeniedError } from '../../access/access.js';
import { AccessLogins } from '../../access/access-logins.js';
import type { Clock } from '../../platform/clock.js';
import { CLOCK } from '../../platform/tokens.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { currentCaller } from './caller.js';
import { LoginDto, LoginListDto, toLoginDto } from './logins.dto.js';
import { Needs } from './needs.js';

/** Who has logged in with a browser. */
@ApiTags('access')
@ApiBadRequestResponse({ type: ProblemDto })
@Controller('v1/logins')
export class LoginsController {
  constructor(
    @Inject(AccessLogins) private readonly logins: AccessLogins,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Needs('operate', 'nothing')
  @Get()
  @ApiOperation({ summary: 'Who has logged in with a browser and is let in still.' })
  @ApiOkResponse({ type: LoginListDto })
  async list(): Promise<LoginListDto> {
    const logins = [...(await this.logins.stream.latest()).values()];
    return { items: logins.filter(({ loginId }) => this.logins.isOpen(loginId)).map(toLoginDto) };
  }

  @Needs('operate', 'nothing')
  @Delete(':loginId')
  @ApiOperation({
    summary: 'Put somebody out: their browser is refused everywhere, and its sockets closed, within seconds.',
  })
  @ApiOkResponse({ type: LoginDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async end(@IdParam('loginId') loginId: string): Promise<LoginDto> {
    const ended = await this.logins.stream.end(loginId, currentCaller(), this.clock.now());
    if (ended === undefined) throw new AccessDeniedError('login_not_found', 'There is no such log-in.');
    return toLoginDto(ended);
  }
}
