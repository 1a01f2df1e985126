import { BadRequestException, Param, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isUuid } from '../platform/text-rules.js';

/** An id in the path, in the lower case that ids are stored in. Anything else is a 400 that names it. */
export const IdParam = (name: 'taskId' | 'sessionId' | 'promptId' | 'permissionId'): ParameterDecorator =>
  Param(name, new ParseIdPipe());

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
