import type { Variables } from '../../repository/credentials/project-envs.js';

/** What a sandbox's programs get beside their sandbox. */
export interface Fitting {
  /** Folders of our data that they may read. */
  readonly readable: readonly string[];
  /** Asked only when something is started. Rejects with ProviderError. */
  readonly variables: () => Promise<Variables>;
}
