import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min, ValidateBy } from 'class-validator';
import { isPosition } from '../platform/text-rules.js';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

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

export const MIN_POSITION =
  'Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica.';
