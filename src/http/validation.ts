import { type PipeTransform, ValidationPipe, type ValidationError } from '@nestjs/common';
import { InvalidRequestError } from '../commands/command-refused.js';

/** Unknown fields are refused, not ignored: a misspelt option would otherwise do nothing in silence. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    stopAtFirstError: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => new InvalidRequestError(errors.flatMap((error) => problemsOf(error))),
  });

/** What is said of a field that a request does not have. */
export const notAField = (field: string): string => `${field} is not a field of this request`;

/** For a request whose body, if there is one, has nothing to say. */
export const NO_FIELDS: PipeTransform = {
  transform: (body: object | undefined) => {
    const problems = Object.keys(body ?? {}).map((field) => ({ field, message: notAField(field) }));
    if (problems.length > 0) throw new InvalidRequestError(problems);
  },
};

function problemsOf(error: ValidationError, path = ''): { field: string; message: string }[] {
  const field = path === '' ? error.property : `${path}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: rule === 'whitelistValidation' ? notAField(field) : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, field))];
}
