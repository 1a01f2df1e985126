import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Action } from '../../access/permissions.js';

/**
 * What a route acts on, and so whose it is: the task of `:taskId`, the project of `:projectId`, the token of `:tokenId`, the
 * workspace that path, query or body name, or nothing that is of a workspace.
 */
export type Scope = 'task' | 'project' | 'token' | 'workspace' | 'nothing';

export interface Need {
  readonly action: Action;
  readonly scope: Scope;
}

export const NEEDS = 'slipway:needs';
export const NEEDS_NOBODY = 'nobody';

/** What a caller has to be allowed for this route. A route without it, or `NeedsNobody`, keeps the service from starting. */
export const Needs = (action: Action, scope: Scope) =>
  applyDecorators(
    SetMetadata(NEEDS, { action, scope } satisfies Need),
    ApiBearerAuth(),
    ApiExtension('x-slipway-needs', { action, scope }),
  );

/** For whoever reaches the port. */
export const NeedsNobody = () => SetMetadata(NEEDS, NEEDS_NOBODY);
