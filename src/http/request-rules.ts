import {
  applyDecorators,
  BadRequestException,
  Param,
  type ArgumentMetadata,
  type PipeTransform,
} from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  Matches,
  registerDecorator,
  type ValidationArguments,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { AGENT_TYPE, whole, WORKSPACE_ID, isDay, isPosition, isUuid } from '../platform/text-rules.js';
import { InvalidRequestError } from '../commands/command-refused.js';

/**
 * Text that every store can keep: no NUL (PostgreSQL has none) and no half of a surrogate pair. Its length
 * is that of the JavaScript string, as the event schemas count it (class-validator's MaxLength counts less).
 */
export function IsText(maxLength: number): PropertyDecorator {
  const problemOf = (value: unknown): string | null => {
    if (typeof value !== 'string') return 'must be text';
    if (value.length > maxLength) return `must have at most ${maxLength} characters, not ${value.length}`;
    if (value.includes('\0') || !value.isWellFormed()) {
      return 'must be well-formed Unicode text without NUL characters';
    }
    return null;
  };
  return (target, propertyName) =>
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) => problemOf(value) === null,
        defaultMessage: ({ property, value }: ValidationArguments) => `${property} ${problemOf(value)}`,
      },
    });
}

export function IsWorkspaceId(): PropertyDecorator {
  return Matches(new RegExp(whole(WORKSPACE_ID)), {
    message: '$property must be 1 to 100 letters, digits, ".", "_" or "-" and begin with a letter or digit',
  });
}

export function IsAgentType(): PropertyDecorator {
  return Matches(new RegExp(whole(AGENT_TYPE)), {
    message:
      '$property must be an agent type such as mock, claude or codex (lower case letters, digits, "-")',
  });
}

export const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** A position in a query: a decimal string. */
export function IsPosition(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required: false, description, example: '4711' }),
    IsOptional(),
    ValidateBy({
      name: 'isPosition',
      validator: {
        validate: isPosition,
        defaultMessage: (args) =>
          `${args?.property} must be a position: a decimal string from a record or a page`,
      },
    }),
  );
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const isTime = (value: unknown): boolean =>
  typeof value === 'string' && TIME.test(value) && isDay(value) && !Number.isNaN(Date.parse(value));

/** A time in a query: ISO 8601, with its zone. */
export function IsTime(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required: false, type: String, format: 'date-time', description }),
    IsOptional(),
    ValidateBy({
      name: 'isTime',
      validator: {
        validate: isTime,
        defaultMessage: (args) => `${args?.property} must be a time such as 2026-01-31T12:00:00Z`,
      },
    }),
  );
}

/** How many items a page has. */
export function IsLimit(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required: false, type: Number, minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
    IsOptional(),
    Transform(({ value }) => (/^\d+$/.test(String(value)) ? Number(value) : (value as unknown))),
    IsInt({ message: `$property must be a whole number from 1 to ${MAX_LIMIT}` }),
    Min(1, { message: `$property must be a whole number from 1 to ${MAX_LIMIT}` }),
    Max(MAX_LIMIT, { message: `$property must be a whole number from 1 to ${MAX_LIMIT}` }),
  );
}

const MOST_SECONDS = 1_000_000_000;
/** Of a number of seconds, in the API document. */
export const seconds = { type: Number, minimum: 0, maximum: MOST_SECONDS } as const;

/** A number of seconds. */
export function IsSeconds(): PropertyDecorator {
  const message = `$property must be a whole number of seconds from 0 to ${MOST_SECONDS}`;
  return applyDecorators(IsInt({ message }), Min(0, { message }), Max(MOST_SECONDS, { message }));
}

export const MIN_POSITION =
  'Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica.';

/** An id in the path, in the lower case that ids are stored in. Anything else is a 400 that names it. */
export const IdParam = (
  name:
    'tokenId' | 'loginId' | 'webhookId' | 'taskId' | 'projectId' | 'sessionId' | 'promptId' | 'permissionId',
): ParameterDecorator => Param(name, new ParseIdPipe());

class ParseIdPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    const id = value.toLowerCase();
    if (isUuid(id)) return id;
    throw new BadRequestException({
      detail: `${data} must be a UUID such as 6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e, as records give it`,
      code: 'invalid_id',
    });
  }
}

/** The header in the API document. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Up to 200 visible ASCII characters. The same key with the same body is the same request.',
};

/** The header's value, checked. Throws InvalidRequestError. */
export function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  const message = 'Idempotency-Key must be 1 to 200 visible ASCII characters, without spaces';
  throw new InvalidRequestError([{ field: 'Idempotency-Key', message }]);
}
