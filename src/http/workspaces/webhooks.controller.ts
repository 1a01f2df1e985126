import {
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Param,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { InvalidRequestError } from '../../commands/command-refused.js';
import type { Settings } from '../../platform/settings/settings.js';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { SETTINGS } from '../../platform/tokens.js';
import { urlProblem } from '../../webhooks/webhook-url.js';
import { MOST_WEBHOOKS, Webhooks, type ShownWebhook } from '../../webhooks/webhooks.js';
import { currentCaller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { NO_FIELDS } from '../validation.js';
import {
  ChangeWebhookDto,
  CreatedWebhookDto,
  CreateWebhookDto,
  DeliveriesQueryDto,
  DeliveryDto,
  DeliveryListDto,
  ReplayWebhookDto,
  WebhookDto,
  WebhookListDto,
} from './webhooks.dto.js';
import { workspaceIdPipe } from './workspace-id.js';

/** Whom a workspace tells of what happens to its tasks. */
@ApiTags('workspaces')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@ApiParam({ name: 'workspaceId', schema: { type: 'string', pattern: whole(WORKSPACE_ID) } })
@Controller('v1/workspaces/:workspaceId/webhooks')
export class WebhooksController {
  constructor(
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Needs('manage', 'workspace')
  @Get()
  @ApiOperation({ summary: 'The webhooks of a workspace, and how far each has got.' })
  @ApiOkResponse({ type: WebhookListDto })
  async list(@Param('workspaceId', workspaceIdPipe) workspaceId: string): Promise<WebhookListDto> {
    return { items: (await this.webhooks.list(workspaceId)).map(shown) };
  }

  @Needs('manage', 'workspace')
  @Post()
  @ApiOperation({
    summary:
      "Have what happens to the workspace's tasks posted to an address. The secret is in the answer and nowhere else.",
  })
  @ApiCreatedResponse({ type: CreatedWebhookDto })
  @ApiConflictResponse({ type: ProblemDto })
  async create(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @Body() { url, types = null, after }: CreateWebhookDto,
  ): Promise<CreatedWebhookDto> {
    this.assertUrl(url);
    if (after !== undefined) await this.assertReached(after);
    const made = await this.webhooks.create(workspaceId, { url, types, after }, currentCaller());
    if (made === null)
      throw new ConflictException({
        detail: `The workspace ${workspaceId} has ${MOST_WEBHOOKS} webhooks, and may have no more.`,
        code: 'too_many_webhooks',
      });
    return { ...shown(made.hook), secret: made.secret };
  }

  @Needs('manage', 'workspace')
  @Get(':webhookId')
  @ApiOperation({ summary: 'One of them.' })
  @ApiOkResponse({ type: WebhookDto })
  async get(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
  ): Promise<WebhookDto> {
    return shown(await this.existing(workspaceId, webhookId));
  }

  @Needs('manage', 'workspace')
  @Patch(':webhookId')
  @ApiOperation({ summary: 'Change, pause or resume it. The next delivery is tried at once.' })
  @ApiOkResponse({ type: WebhookDto })
  async change(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
    @Body() { url, types, status }: ChangeWebhookDto,
  ): Promise<WebhookDto> {
    if (url !== undefined) this.assertUrl(url);
    const hook = await this.existing(workspaceId, webhookId);
    const change = {
      ...(url !== undefined && { url }),
      ...(types !== undefined && { types }),
      ...(status !== undefined && { status }),
    };
    await this.webhooks.change(hook, change, currentCaller());
    return this.get(workspaceId, webhookId);
  }

  @Needs('manage', 'workspace')
  @Delete(':webhookId')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Delete it for good, with its secret and the history of its deliveries.' })
  @ApiNoContentResponse()
  async delete(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
  ): Promise<void> {
    await this.webhooks.delete(await this.existing(workspaceId, webhookId), currentCaller());
  }

  @Needs('manage', 'workspace')
  @Post(':webhookId/replay')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Deliver, be it again, what happened after a position. One that was disabled is active again.',
  })
  @ApiOkResponse({ type: WebhookDto })
  async replay(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
    @Body() { after }: ReplayWebhookDto,
  ): Promise<WebhookDto> {
    const hook = await this.existing(workspaceId, webhookId);
    await this.assertReached(after);
    await this.webhooks.replay(hook, after, currentCaller());
    return this.get(workspaceId, webhookId);
  }

  @Needs('manage', 'workspace')
  @Post(':webhookId/test')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Send it a message of the type `test` now, once, and tell how that went.' })
  @ApiOkResponse({ type: DeliveryDto })
  async test(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
    @Body(NO_FIELDS) _body: unknown,
  ): Promise<DeliveryDto> {
    return this.webhooks.test(await this.existing(workspaceId, webhookId));
  }

  @Needs('manage', 'workspace')
  @Get(':webhookId/deliveries')
  @ApiOperation({ summary: 'Its last attempts at deliveries, newest first.' })
  @ApiOkResponse({ type: DeliveryListDto })
  async deliveries(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @IdParam('webhookId') webhookId: string,
    @Query() { limit }: DeliveriesQueryDto,
  ): Promise<DeliveryListDto> {
    const hook = await this.existing(workspaceId, webhookId);
    return { items: await this.webhooks.deliveries(hook, limit) };
  }

  private async existing(workspaceId: string, webhookId: string): Promise<ShownWebhook> {
    const hook = await this.webhooks.find(workspaceId, webhookId);
    if (hook !== null) return hook;
    throw new NotFoundException({
      detail: `The workspace ${workspaceId} has no webhook ${webhookId}.`,
      code: 'webhook_not_found',
    });
  }

  private assertUrl(url: string): void {
    const problem = urlProblem(url, this.settings.allowPrivateHosts);
    if (problem !== null) throw new InvalidRequestError([{ field: 'url', message: `url ${problem}` }]);
  }

  private async assertReached(after: string): Promise<void> {
    if (await this.webhooks.hasReached(after)) return;
    const message = 'after must be a position that the log has reached';
    throw new InvalidRequestError([{ field: 'after', message }]);
  }
}

function shown({ progress, types, ...hook }: ShownWebhook): WebhookDto {
  const { position = null, failures = 0, failingSince = null, nextAttemptAt = null } = progress ?? {};
  return {
    ...hook,
    types: types === null ? null : [...types],
    position,
    failures,
    failingSince,
    nextAttemptAt,
  };
}
