import type { AgentOptions, CheckoutOptions } from '../local/workshop.js';

/** How much of the machine one sandbox may use. */
export interface Limits {
  readonly memoryMib: number;
  readonly cpus: number;
  readonly pids: number;
  /** Of one file: engines bound no folder's size. */
  readonly fileMib: number;
  readonly tempMib: number;
}

/** Which hosts agents reach: none, those of a list, or all that are public. */
export interface Egress {
  readonly policy: 'none' | 'allow-list' | 'open';
  /** `name`, `*.name`, `address`, each with an optional `:port`. */
  readonly hosts: readonly string[];
}

export interface DockerOptions extends CheckoutOptions, AgentOptions {
  readonly image: string;
  readonly limits: Limits;
  readonly egress: Egress;
  /** As in `DOCKER_HOST`; the engine's usual socket when absent. */
  readonly engine?: string;
}
