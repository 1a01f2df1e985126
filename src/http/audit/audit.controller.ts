import { Controller, Get, Inject, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { Audit, type AuditPage } from '../../access/audit.js';
import { may } from '../../access/permissions.js';
import { InvalidRequestError } from '../../commands/command-refused.js';
import { EventStoreRefusedError } from '../../store/event-store.js';
import { currentCaller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { AuditPageDto, AuditQueryDto } from './audit.dto.js';

/** Who did what, and what was refused. */
@ApiTags('access')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(Audit) private readonly audit: Audit) {}

  @Needs('manage', 'workspace')
  @Get()
  @ApiOperation({
    summary:
      'Who did what, when, from where and with which token, and what was refused, from the log; newest first, or oldest first after a position.',
  })
  @ApiOkResponse({ type: AuditPageDto })
  async list(@Query() query: AuditQueryDto): Promise<AuditPageDto> {
    const { after, before, from, until, ...filter } = query;
    if (after !== undefined && before !== undefined)
      throw new InvalidRequestError([{ field: 'before', message: 'give after or before, not both' }]);
    const caller = currentCaller();
    const maySee = (workspaceId: string | null) =>
      workspaceId === null
        ? may(caller, 'operate', null)
        : may(caller, 'manage', { workspaceId, actor: null });
    const { items, next } = await this.pageOf({
      ...filter,
      ...(after !== undefined && { after: BigInt(after) }),
      ...(before !== undefined && { before: BigInt(before) }),
      ...(from !== undefined && { from: new Date(from) }),
      ...(until !== undefined && { until: new Date(until) }),
      maySee,
    });
    return { items, next: next?.toString() ?? null };
  }

  private async pageOf(wish: Parameters<Audit['page']>[0]): Promise<AuditPage> {
    try {
      return await this.audit.page(wish);
    } catch (error) {
      if (!(error instanceof EventStoreRefusedError)) throw error;
      const field = wish.after === undefined ? 'before' : 'after';
      throw new InvalidRequestError([{ field, message: `${field} must be a position of an event` }]);
    }
  }
}
