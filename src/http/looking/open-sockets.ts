import type { Gauge } from 'prom-client';
import type { WebSocket } from 'ws';

/** How many sockets of a kind are open in this process, by task, and whether there is room for one more. */
export class OpenSockets {
  private readonly tasks = new Map<WebSocket, string>();

  /** @param kind several of them, for people @param inAll, ofTask at most so many at once */
  constructor(
    private readonly kind: string,
    private readonly limits: { readonly inAll: number; readonly ofTask: number },
    private readonly gauge: Gauge,
  ) {}

  /** Why there can be no more for the task, for people; null where there can. */
  refusal(taskId: string): string | null {
    const { inAll, ofTask } = this.limits;
    if (this.tasks.size >= inAll) return `At most ${inAll} ${this.kind} can be open here at once.`;
    const taken = [...this.tasks.values()].filter((each) => each === taskId).length;
    return taken < ofTask ? null : `At most ${ofTask} ${this.kind} of a task can be open at once: close one.`;
  }

  /** Counts it until it closes. */
  add(socket: WebSocket, taskId: string): void {
    this.tasks.set(socket, taskId);
    this.gauge.set(this.tasks.size);
    socket.once('close', () => {
      this.tasks.delete(socket);
      this.gauge.set(this.tasks.size);
    });
  }
}
