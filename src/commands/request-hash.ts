import { createHash } from 'node:crypto';
import type { TaskRequest } from './requests.js';

/** What was resolved of a request when hashes were made of that. */
export interface ResolvedWish {
  readonly workspaceId: string;
  readonly repoRemote: string;
  readonly providerId: string;
  readonly agentType: string;
}

const VERSION = '2:';

/**
 * The hash of what was asked, which settings do not change: a request that names no provider or agent stays the same
 * request when the defaults change. `null` and the empty text mean the same as nothing.
 */
export function requestHash(request: TaskRequest, { workspaceId, repoRemote }: ResolvedWish): string {
  const { task, title, branchName, onBranch, providerId, agentType } = request;
  const { permissionPolicy, modeId, model } = request;
  const asked = { title, branchName, onBranch, providerId, agentType, permissionPolicy, modeId, model };
  const given = Object.entries(asked).filter(([, value]) => value);
  const text = JSON.stringify([workspaceId, repoRemote, task, given]);
  return VERSION + createHash('sha256').update(text).digest('base64url');
}

/** Whether a stored hash is that of the request; those without a version were made of what it resolved to. */
export function isHashOf(
  stored: string | null | undefined,
  request: TaskRequest,
  wish: ResolvedWish,
): boolean {
  if (stored?.startsWith(VERSION)) return stored === requestHash(request, wish);
  const resolved = {
    workspaceId: wish.workspaceId,
    repoRemote: wish.repoRemote,
    task: request.task,
    title: request.title || undefined,
    branchName: request.branchName || undefined,
    onBranch: request.onBranch || undefined,
    providerId: wish.providerId,
    agentType: wish.agentType,
  };
  return stored === createHash('sha256').update(JSON.stringify(resolved)).digest('hex');
}
