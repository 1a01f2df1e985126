import type { PipeTransform } from '@nestjs/common';
import { InvalidRequestError } from '../../commands/command-refused.js';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';

/** A part of the path; anything that does not match is a 400. */
export const checkedPart = (
  field: string,
  pattern: RegExp,
  takes: string,
): PipeTransform<string, string> => ({
  transform: (value) => {
    if (pattern.test(value)) return value;
    throw new InvalidRequestError([
      { field, message: `${field} must be ${takes}, not ${JSON.stringify(value.slice(0, 100))}` },
    ]);
  },
});

export const workspaceIdPipe = checkedPart(
  'workspaceId',
  new RegExp(whole(WORKSPACE_ID)),
  '1 to 100 letters, digits, ".", "_" or "-"',
);
