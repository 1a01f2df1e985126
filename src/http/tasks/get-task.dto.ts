import { BadRequestException } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, MaxLength } from 'class-validator';
import { isDay, isPosition } from '../../platform/text-rules.js';
import { IsPosition, MIN_POSITION } from '../request-rules.js';

export class GetTaskDto {
  @ApiProperty({
    required: false,
    description: 'A position or an ISO 8601 time: the record as it was then.',
    example: '2026-01-31T12:00:00Z',
  })
  @IsOptional()
  @MaxLength(40)
  at?: string;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A position or a time. Throws BadRequestException for anything else. */
export function parseAt(at: string): bigint | Date {
  if (isPosition(at)) return BigInt(at);
  // In a query a plus sign arrives as a space.
  const text = at.replace(' ', '+');
  const time = new Date(/[T]/.test(text) && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text);
  if (ISO_TIME.test(text) && isDay(text) && !Number.isNaN(time.getTime())) return time;
  throw new BadRequestException({
    detail: 'at must be a position (a decimal string) or an ISO 8601 time such as 2026-01-31T12:00:00Z',
    code: 'invalid_at',
  });
}
