import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import { InvalidRequestError } from '../commands/command-refused.js';
import { notAField } from './validation.js';

/**
 * Refuses a query where a route of the API has none. One that has declares it as a class (`@Query()`), which knows its
 * fields; without it `GET …/prompts?state=queued` would answer with all of them, as if they were what was asked for.
 */
export class KnownQuery implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { path, query } = context.switchToHttp().getRequest<Request>();
    const fields = Object.keys(query);
    if (fields.length === 0 || !path.startsWith('/v1/') || hasQuery(context)) return true;
    throw new InvalidRequestError(fields.map((field) => ({ field, message: notAField(field) })));
  }
}

/** Whether the route's method has a parameter for the query. Nest keeps them by `<kind>:<index>`. */
function hasQuery(context: ExecutionContext): boolean {
  const { name } = context.getHandler();
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name) as object | undefined;
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
