import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  ValidateBy,
} from 'class-validator';
import { LONGEST_URL, MOST_TYPES } from '../../events/access/webhook-events.js';
import { TASK_EVENT_TYPES } from '../../events/task/task-events.js';
import { isPosition } from '../../platform/text-rules.js';
import { DELIVERIES_KEPT, type Delivery } from '../../webhooks/webhook-rows.js';
import { WEBHOOK_STATUSES, type WebhookStatus } from '../../webhooks/webhook-state.js';
import { MOST_WEBHOOKS } from '../../webhooks/webhooks.js';
import { IsLimit, IsPosition, IsText } from '../request-rules.js';

const URL_TEXT =
  'Where messages are posted: https, or http to a private host that SLIPWAY_ALLOW_PRIVATE_HOSTS allows. Put nothing secret into it.';
const TYPES_TEXT = 'The types of events of tasks that it is told of, as histories name them; null: all.';

function IsTypes(): PropertyDecorator {
  const decorators = [
    ApiPropertyOptional({
      type: [String],
      nullable: true,
      example: ['TaskCreated'],
      description: TYPES_TEXT,
    }),
    IsOptional(),
    IsArray({ message: 'types must be a list of types of events, or null for all' }),
    ArrayMinSize(1, { message: 'types must name a type, or be null for all' }),
    ArrayMaxSize(MOST_TYPES, { message: `types must name at most ${MOST_TYPES}` }),
    ArrayUnique({ message: 'types must name each type once' }),
    IsIn(TASK_EVENT_TYPES, {
      each: true,
      message: 'types must name types of events of tasks as histories have them, such as TaskCreated',
    }),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name!));
}

/** The body of `POST /v1/workspaces/{workspaceId}/webhooks`. */
export class CreateWebhookDto {
  @ApiProperty({
    description: URL_TEXT,
    maxLength: LONGEST_URL,
    example: 'https://example.com/hooks/slipway',
  })
  @IsText(LONGEST_URL)
  url!: string;

  @IsTypes() types?: string[] | null;

  @IsPosition('It begins with what happened after this position; without it, with what happens from now on.')
  after?: string;
}

/** The body of `PATCH /v1/workspaces/{workspaceId}/webhooks/{webhookId}`. */
export class ChangeWebhookDto {
  @ApiPropertyOptional({ description: URL_TEXT, maxLength: LONGEST_URL })
  @IsOptional()
  @IsText(LONGEST_URL)
  url?: string;

  @IsTypes() types?: string[] | null;

  @ApiPropertyOptional({
    enum: ['active', 'paused'],
    description:
      '`paused`: nothing is delivered; `active`: it goes on where it was, also where it was disabled.',
  })
  @IsOptional()
  @IsIn(['active', 'paused'], { message: 'status must be active or paused' })
  status?: 'active' | 'paused';
}

/** The body of `POST …/replay`. */
export class ReplayWebhookDto {
  @ApiProperty({
    description: 'What happened after it is delivered, be it again; `0`: everything.',
    example: '4711',
  })
  @ValidateBy({
    name: 'isPosition',
    validator: {
      validate: isPosition,
      defaultMessage: () => 'after must be a position: a decimal string from a record, a page or a message',
    },
  })
  after!: string;
}

export class DeliveriesQueryDto {
  @IsLimit() limit = 50;
}

const time = { type: String, format: 'date-time' } as const;

export class WebhookDto {
  @ApiProperty({ format: 'uuid' }) webhookId!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty() url!: string;
  @ApiProperty({ type: [String], nullable: true, description: TYPES_TEXT }) types!: string[] | null;
  @ApiProperty({
    enum: WEBHOOK_STATUSES,
    enumName: 'WebhookStatus',
    description: '`disabled`: the service has given it up, and `reason` says why.',
  })
  status!: WebhookStatus;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is disabled.' }) reason!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'What happened up to here was delivered, or is not wanted. Null: it begins anew, as after a restore.',
  })
  position!: string | null;
  @ApiProperty({ description: 'Attempts at the next delivery that have failed.' }) failures!: number;
  @ApiProperty({ ...time, nullable: true }) failingSince!: string | null;
  @ApiProperty({ ...time, nullable: true }) nextAttemptAt!: string | null;
  @ApiProperty(time) createdAt!: string;
  @ApiProperty(time) changedAt!: string;
}

export class CreatedWebhookDto extends WebhookDto {
  @ApiProperty({
    description: 'What messages are signed with. It is in this answer and nowhere else.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  secret!: string;
}

export class WebhookListDto {
  @ApiProperty({ type: [WebhookDto], description: `At most ${MOST_WEBHOOKS}, oldest first.` })
  items!: WebhookDto[];
}

export class DeliveryDto implements Delivery {
  @ApiProperty({ description: 'The `webhook-id` of the message: the same for each attempt.' })
  messageId!: string;
  @ApiProperty({ description: "The event's type; `test` for a test.", example: 'TaskCreated' }) type!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Of the event.' }) position!: string | null;
  @ApiProperty({ ...time, description: 'When the attempt began.' }) at!: string;
  @ApiProperty() durationMs!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'What was answered; null: nothing.' })
  status!: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'What went wrong; null: it was taken.' })
  error!: string | null;
}

export class DeliveryListDto {
  @ApiProperty({
    type: [DeliveryDto],
    description: `Newest first; ${DELIVERIES_KEPT} of each webhook are kept.`,
  })
  items!: DeliveryDto[];
}
