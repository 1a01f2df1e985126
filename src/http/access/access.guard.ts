import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AccessDeniedError, assertMay } from '../../access/access.js';
import type { AccessTokens } from '../../access/access-tokens.js';
import { mayEverywhere, seesAll, type Caller, type Place } from '../../access/permissions.js';
import type { Places } from '../../access/places.js';
import { isUuid } from '../../platform/text-rules.js';
import type { CallersRequest } from './caller.js';
import { NEEDS, NEEDS_NOBODY, type Need } from './needs.js';

const PATH = 'path';
const NO_TASK = { code: 'task_not_found', message: 'There is no such task.' } as const;
const NO_WORKSPACE = { code: 'workspace_not_found', message: 'There is no such workspace for you.' } as const;
const NO_TOKEN = { code: 'token_not_found', message: 'There is no such token.' } as const;

/** What finds out in which workspace something is. */
export interface Whereabouts {
  readonly places: Places;
  readonly tokens: AccessTokens;
  /** The workspace of a project, or null. */
  projectWorkspace(projectId: string): Promise<string | null>;
}

/** Asks of every route whether its caller may. What declares nothing is for nobody. */
export class AccessGuard implements CanActivate {
  constructor(private readonly where: Whereabouts) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const need = needOf(context.getHandler());
    if (need === NEEDS_NOBODY) return true;
    const request = context.switchToHttp().getRequest<CallersRequest>();
    const { caller } = request;
    if (caller === undefined || need === undefined)
      throw new AccessDeniedError('not_authenticated', 'Nobody may ask for this.');
    await this.assert(caller, need, request);
    return true;
  }

  private async assert(caller: Caller, { action, scope }: Need, request: CallersRequest): Promise<void> {
    if (scope === 'nothing') return assertMay(caller, action, null, NO_WORKSPACE);
    if (scope === 'workspace') return this.assertWorkspace(caller, action, request);
    // Who sees everything and owns whatever they may not touch otherwise needs nothing looked up.
    if (mayEverywhere(caller, action)) return;
    const { taskId, projectId, tokenId } = request.params as Record<string, string | undefined>;
    const id = (taskId ?? projectId ?? tokenId ?? '').toLowerCase();
    // What is no id at all is told by the route.
    if (!isUuid(id)) return assertMay(caller, action, null, NO_TASK);
    const missing = scope === 'token' ? NO_TOKEN : scope === 'project' ? NO_WORKSPACE : NO_TASK;
    const place = await this.placeOf(scope, id);
    if (place === null) throw new AccessDeniedError(missing.code, missing.message);
    assertMay(caller, action, place, missing);
  }

  private assertWorkspace(caller: Caller, action: Need['action'], request: CallersRequest): void {
    const fields = [request.params, request.query, request.body as unknown].map(
      (part) => ((part ?? {}) as { workspaceId?: unknown }).workspaceId,
    );
    const named = fields.find((field) => field !== undefined && field !== null);
    if (named === undefined && !seesAll(caller)) nameWorkspace(request, caller.workspaceId);
    const workspaceId = typeof named === 'string' ? named : seesAll(caller) ? 'default' : caller.workspaceId;
    assertMay(caller, action, { workspaceId, actor: null }, NO_WORKSPACE);
  }

  private async placeOf(scope: Need['scope'], id: string): Promise<Place | null> {
    if (scope === 'task') return this.where.places.ofTask(id);
    const workspaceId =
      scope === 'project'
        ? await this.where.projectWorkspace(id)
        : (this.where.tokens.known.get(id)?.workspaceId ?? null);
    return workspaceId === null ? null : { workspaceId, actor: null };
  }
}

/** A caller of one workspace who names none means that one. */
function nameWorkspace(request: CallersRequest, workspaceId: string): void {
  if (request.method === 'GET' || request.method === 'DELETE') {
    const value = { ...request.query, workspaceId };
    Object.defineProperty(request, 'query', { value, configurable: true });
  } else request.body = { ...(request.body as object | undefined), workspaceId };
}

const needOf = (handler: object): Need | typeof NEEDS_NOBODY | undefined =>
  Reflect.getMetadata(NEEDS, handler) as Need | typeof NEEDS_NOBODY | undefined;

/** Throws for routes that say nothing of who may use them. */
export function assertNeedsDeclared(modules: ModulesContainer): void {
  const scanner = new MetadataScanner();
  const silent: string[] = [];
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      const prototype = (metatype as { prototype?: object } | null)?.prototype;
      if (prototype === undefined) continue;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const method = (prototype as Record<string, object>)[name]!;
        if (Reflect.hasMetadata(PATH, method) && needOf(method) === undefined)
          silent.push(`${metatype!.name}.${name}`);
      }
    }
  }
  if (silent.length > 0)
    throw new Error(`Say with @Needs (src/http/access/needs.ts) who may use ${silent.join(', ')}.`);
}
