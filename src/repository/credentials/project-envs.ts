import { randomUUID } from 'node:crypto';
import { ProviderError } from '../../events/provider-error.js';
import { SealBrokenError, type SecretBox } from '../../platform/secret-box.js';
import { ENVS_TABLE, type Vault } from './vault.js';

/** Variables of a sandbox by their names. */
export type Variables = Readonly<Record<string, string>>;

/** Where whoever makes a sandbox finds its variables. */
export interface EnvSource {
  /** @throws ProviderError when there are none of that id (any more), or they cannot be opened just now, or ever */
  open(envId: string): Promise<Variables>;
}

/** So many versions of a project's variables are kept: tasks go on with those that they were created with. */
const MOST_VERSIONS = 100;

interface EnvRow {
  readonly env_id: string;
  readonly project_id: string;
  readonly sealed: Buffer;
}

/** Projects' variables: a version is never changed, lies sealed and is opened only for a sandbox, or to make the next one of it. */
export class ProjectEnvs implements EnvSource {
  constructor(
    private readonly vault: Vault,
    private readonly box: SecretBox,
  ) {}

  /** Stores a version and answers its id. Of the oldest versions those that are too many go. @param current stays in any case */
  async put(projectId: string, variables: Variables, current: string | null): Promise<string> {
    const envId = randomUUID();
    const sealed = this.box.seal(JSON.stringify(variables), placeOf(projectId, envId));
    await this.vault.query(`INSERT INTO ${ENVS_TABLE} (env_id, project_id, sealed) VALUES ($1, $2, $3)`, [
      envId,
      projectId,
      sealed,
    ]);
    await this.vault.query(
      `DELETE FROM ${ENVS_TABLE} WHERE project_id = $1 AND env_id <> ALL($2::text[]) AND env_id NOT IN (
         SELECT env_id FROM ${ENVS_TABLE} WHERE project_id = $1 ORDER BY created_at DESC LIMIT $3)`,
      [projectId, [envId, current ?? ''], MOST_VERSIONS],
    );
    return envId;
  }

  async open(envId: string): Promise<Variables> {
    const [row] = await this.vault.query<EnvRow>(`SELECT * FROM ${ENVS_TABLE} WHERE env_id = $1`, [envId]);
    if (row === undefined)
      throw new ProviderError(
        'env_deleted',
        "The project's variables that the task was created with have been deleted.",
        { retryable: false },
      );
    try {
      return JSON.parse(this.box.open(row.sealed, placeOf(row.project_id, envId))) as Variables;
    } catch (cause) {
      if (!(cause instanceof SealBrokenError)) throw cause;
      throw new ProviderError(
        'credentials_locked',
        "The project's variables were stored under another key. Give the service that key (SLIPWAY_SECRET_KEY, the same on every replica), or clear them and set them again.",
        { retryable: false, cause },
      );
    }
  }

  /** The ids of all versions that a project has. */
  async list(projectId: string): Promise<string[]> {
    const rows = await this.vault.query<EnvRow>(`SELECT env_id FROM ${ENVS_TABLE} WHERE project_id = $1`, [
      projectId,
    ]);
    return rows.map((row) => row.env_id);
  }

  /** Deletes versions for good. */
  async delete(envIds: readonly string[]): Promise<void> {
    if (envIds.length === 0) return;
    await this.vault.query(`DELETE FROM ${ENVS_TABLE} WHERE env_id = ANY($1)`, [[...envIds]]);
  }
}

const placeOf = (projectId: string, envId: string): string => JSON.stringify(['env', projectId, envId]);
