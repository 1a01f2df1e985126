import type { SandboxFiles } from '../sandbox-files.js';

/** How agents find what we place for them. */
export interface AgentPlaces {
  /** Our variables that agents get. */
  readonly env: Readonly<Record<string, string>>;
  /** The node that runs them. */
  readonly node: string;
  /** A path of ours as they see it. */
  readonly seen: (path: string, files: Pick<SandboxFiles, 'root'>) => string;
}
