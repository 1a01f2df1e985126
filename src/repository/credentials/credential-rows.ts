import type { CredentialKind } from './credential.js';
import { CREDENTIALS_TABLE, type Vault } from './vault.js';

export interface CredentialRow {
  readonly workspace_id: string;
  readonly host: string;
  readonly kind: CredentialKind;
  /** Of an app its id. */
  readonly username: string | null;
  readonly fingerprint: string | null;
  readonly sealed: Buffer;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

export type NewCredentialRow = Omit<CredentialRow, 'created_at' | 'last_used_at'>;

/** Where credentials are kept, sealed. Every call rejects as the vault's do. */
export class CredentialRows {
  constructor(private readonly vault: Vault) {}

  async put(row: NewCredentialRow): Promise<CredentialRow> {
    const values = [row.workspace_id, row.host, row.kind, row.username, row.fingerprint, row.sealed];
    const [stored] = await this.vault.query<CredentialRow>(
      `INSERT INTO ${CREDENTIALS_TABLE} (workspace_id, host, kind, username, fingerprint, sealed)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (workspace_id, host, kind) DO UPDATE SET username = excluded.username,
         fingerprint = excluded.fingerprint, sealed = excluded.sealed, created_at = now(), last_used_at = NULL
       RETURNING *`,
      values,
    );
    return stored!;
  }

  /** Of one host, or of all hosts of the workspace; by host, then kind. */
  list(workspaceId: string, host?: string): Promise<CredentialRow[]> {
    return this.vault.query<CredentialRow>(
      `SELECT * FROM ${CREDENTIALS_TABLE} WHERE workspace_id = $1 AND ($2::text IS NULL OR host = $2) ORDER BY host, kind`,
      [workspaceId, host ?? null],
    );
  }

  /** How many there were. What is deleted is gone for good. */
  async delete(workspaceId: string, host: string, kind?: CredentialKind): Promise<number> {
    const gone = await this.vault.query<CredentialRow>(
      `DELETE FROM ${CREDENTIALS_TABLE} WHERE workspace_id = $1 AND host = $2 AND ($3::text IS NULL OR kind = $3) RETURNING *`,
      [workspaceId, host, kind ?? null],
    );
    return gone.length;
  }

  async noteUse({ workspace_id, host, kind }: CredentialRow): Promise<void> {
    await this.vault.query<CredentialRow>(
      `UPDATE ${CREDENTIALS_TABLE} SET last_used_at = now() WHERE workspace_id = $1 AND host = $2 AND kind = $3 RETURNING *`,
      [workspace_id, host, kind],
    );
  }
}
