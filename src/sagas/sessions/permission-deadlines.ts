import { isPending, type Session } from '../../events/session/session-state.js';
import type { Clock } from '../../platform/clock.js';

/** An answer that could not be stored is tried again after so long, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Answers the agent's questions in whose stead nobody answered by their deadlines. The deadlines are in the stream: whoever
 * attends to the session next goes on from there.
 */
export class PermissionDeadlines {
  /** By permission, what disarms it. */
  private readonly armed = new Map<string, () => void>();

  /** @param answer stores the answer; may reject, and may be called for a question that was answered meanwhile */
  constructor(
    private readonly clock: Clock,
    private readonly answer: (permissionId: string) => Promise<unknown>,
  ) {}

  /** Takes in the session as it is now. */
  arm({ permissions }: Session): void {
    for (const permission of permissions) {
      const { permissionId, deadline } = permission;
      if (!isPending(permission)) this.disarm(permissionId);
      else if (deadline !== undefined && !this.armed.has(permissionId))
        this.wait(permissionId, Date.parse(deadline) - this.clock.now().getTime());
    }
  }

  /** Forgets all of them. */
  clear(): void {
    for (const permissionId of [...this.armed.keys()]) this.disarm(permissionId);
  }

  private wait(permissionId: string, ms: number): void {
    const cancel = this.clock.after(Math.max(ms, 0), () => {
      this.answer(permissionId).catch(() => {
        if (this.armed.get(permissionId) === cancel) this.wait(permissionId, AGAIN_MS);
      });
    });
    this.armed.set(permissionId, cancel);
  }

  private disarm(permissionId: string): void {
    this.armed.get(permissionId)?.();
    this.armed.delete(permissionId);
  }
}
