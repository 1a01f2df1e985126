import { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from '@slipway/process-lock';
import { orAborted } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import type { SimulatedAgent } from './simulated-agent.js';

const LOOK_MS = 250;

/**
 * The agents of one file of simulated sandboxes. They live in the memory of one process, so that one process at a time
 * attends to all of them: others wait until it lets all go, or dies.
 */
export class SimulatedAgents {
  readonly agents = new Map<string, SimulatedAgent>();
  private readonly directory: string;
  private readonly held = new Map<string, Promise<void>>();
  private lock?: Promise<DirectoryLock>;
  private holders = 0;

  /** @param directory where the lock lies */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Waits until nobody else is attached to the session. @returns what lets it go */
  async hold(sessionId: string, signal: AbortSignal): Promise<() => void> {
    for (let other = this.held.get(sessionId); other; other = this.held.get(sessionId)) {
      await orAborted(other, signal);
    }
    let free = (): void => undefined;
    this.held.set(sessionId, new Promise((resolve) => (free = resolve)));
    this.holders++;
    const letGo = () => {
      this.held.delete(sessionId);
      free();
      if (--this.holders > 0) return;
      const { lock } = this;
      this.lock = undefined;
      void lock?.then((each) => each.release()).catch(() => undefined);
    };
    try {
      await orAborted((this.lock ??= this.acquire()), signal);
      return letGo;
    } catch (error) {
      letGo();
      throw error;
    }
  }

  private async acquire(): Promise<DirectoryLock> {
    for (;;) {
      try {
        return await acquireDirectoryLock(this.directory, { name: 'agents.lock' });
      } catch (error) {
        if (!(error instanceof DirectoryInUseError)) throw error;
      }
      await pause(LOOK_MS);
    }
  }
}

const all = new Map<string, SimulatedAgents>();

/** The same for all providers of this process that have the file. */
export function agentsOf(file: string): SimulatedAgents {
  const agents = all.get(file) ?? new SimulatedAgents(`${file}.agents`);
  all.set(file, agents);
  return agents;
}
