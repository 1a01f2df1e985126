import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Inject, Post, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Access, AccessDeniedError, assertMay } from '../../access/access.js';
import { AccessLogins } from '../../access/access-logins.js';
import { AccessTokens } from '../../access/access-tokens.js';
import { TICKET_MS } from '../../access/live-tickets.js';
import { grantsOf, isAtMost, isSeenBy, may, roleIn } from '../../access/permissions.js';
import { InvalidRequestError } from '../../commands/command-refused.js';
import { isDay } from '../../platform/text-rules.js';
import type { Clock } from '../../platform/clock.js';
import { CLOCK } from '../../platform/tokens.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { NO_FIELDS } from '../validation.js';
import { currentCaller } from './caller.js';
import { Needs } from './needs.js';
import {
  CallerDto,
  CreatedTokenDto,
  CreateTokenDto,
  ListTokensDto,
  LiveTicketDto,
  TokenDto,
  TokenListDto,
  toTokenDto,
} from './tokens.dto.js';

const NO_WORKSPACE = { code: 'workspace_not_found', message: 'There is no such workspace for you.' } as const;

/** Who gets in: tokens, and who one is. */
@ApiTags('access')
@ApiBadRequestResponse({ type: ProblemDto })
@Controller('v1')
export class TokensController {
  constructor(
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(AccessLogins) private readonly logins: AccessLogins,
    @Inject(Access) private readonly access: Access,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Needs('read', 'nothing')
  @Get('me')
  @ApiOperation({ summary: 'Who the caller is, and what they are.' })
  @ApiOkResponse({ type: CallerDto })
  me(): CallerDto {
    const caller = currentCaller();
    const { actor, role, workspaceId, loginId, tokenId } = caller;
    const login = loginId === undefined ? undefined : this.logins.stream.known.get(loginId);
    return {
      actor,
      role,
      workspaceId,
      name: login?.name ?? null,
      email: login?.email ?? null,
      workspaces: [...grantsOf(caller)],
      by: login !== undefined ? 'login' : tokenId !== undefined ? 'token' : 'nobody',
    };
  }

  @Needs('manage', 'workspace')
  @Post('tokens')
  @ApiOperation({ summary: 'Make a token. Its text is in the answer and nowhere else.' })
  @ApiCreatedResponse({ type: CreatedTokenDto })
  async create(
    @Body() { name, role, workspaceId = '*', expiresAt }: CreateTokenDto,
  ): Promise<CreatedTokenDto> {
    const caller = currentCaller();
    // Who names no workspace means all of them, which is more than what the guard has asked about.
    assertMay(caller, 'manage', { workspaceId, actor: null }, NO_WORKSPACE);
    const own = roleIn(caller, workspaceId)!;
    if (!isAtMost(role, own))
      throw new AccessDeniedError('not_permitted', `A token can be at most what you are: ${own}.`);
    const now = this.clock.now();
    const isLater = expiresAt === undefined || (isDay(expiresAt) && Date.parse(expiresAt) > now.getTime());
    if (!isLater) {
      const message = 'expiresAt must be a time to come';
      throw new InvalidRequestError([{ field: 'expiresAt', message }]);
    }
    const wish = { name, role, workspaceId, expiresAt: expiresAt ?? null };
    const { token, text } = await this.tokens.stream.create(wish, caller, now);
    return { ...toTokenDto(token), token: text };
  }

  @Needs('manage', 'workspace')
  @Get('tokens')
  @ApiOperation({
    summary: 'The tokens of a workspace, also those that have ended; of all where the caller sees all.',
  })
  @ApiOkResponse({ type: TokenListDto })
  async list(@Query() { workspaceId }: ListTokensDto): Promise<TokenListDto> {
    const caller = currentCaller();
    const isWanted = (token: TokenDto) =>
      may(caller, 'manage', { workspaceId: token.workspaceId, actor: null }) &&
      (workspaceId === undefined || token.workspaceId === workspaceId);
    return { items: [...(await this.tokens.stream.latest()).values()].map(toTokenDto).filter(isWanted) };
  }

  @Needs('manage', 'token')
  @Delete('tokens/:tokenId')
  @ApiOperation({ summary: 'End a token: refused everywhere, and its sockets closed, within seconds.' })
  @ApiOkResponse({ type: TokenDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async revoke(@IdParam('tokenId') tokenId: string): Promise<TokenDto> {
    const caller = currentCaller();
    const known = (await this.tokens.stream.latest()).get(tokenId);
    if (known === undefined || !isSeenBy(caller, known.workspaceId))
      throw new AccessDeniedError('token_not_found', 'There is no such token.');
    const own = roleIn(caller, known.workspaceId) ?? caller.role;
    if (!isAtMost(known.role, own))
      throw new AccessDeniedError(
        'not_permitted',
        `You may end tokens that are at most what you are: ${own}.`,
      );
    return toTokenDto((await this.tokens.stream.revoke(tokenId, caller, this.clock.now()))!);
  }

  @Needs('read', 'nothing')
  @Post('live/ticket')
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({ summary: 'A ticket for one WebSocket, for those who can put no header on it.' })
  @ApiCreatedResponse({ type: LiveTicketDto })
  async ticket(@Body(NO_FIELDS) _body: unknown): Promise<LiveTicketDto> {
    const expiresAt = new Date(this.clock.now().getTime() + TICKET_MS).toISOString();
    return { ticket: await this.access.tickets.issue(currentCaller()), expiresAt };
  }
}
