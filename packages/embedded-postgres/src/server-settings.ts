import { PostgresStartError } from './errors.js';

/** A server for one service on a small machine: few back ends, little memory, no helpers that it never needs. */
const MODEST: Record<string, string> = {
  max_connections: '50',
  shared_buffers: '32MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  jit: 'off',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum_max_workers: '1',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
};

/** What the launcher answers for: a caller may not set these, and nothing in the data directory overrides them. */
const FIXED: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  logging_collector: 'off',
  log_destination: 'stderr',
};

const RESERVED = new Set([
  ...Object.keys(FIXED),
  'port',
  'config_file',
  'data_directory',
  'hba_file',
  'ident_file',
  'external_pid_file',
]);

/**
 * The server's arguments. @param extra a caller's own settings, by PostgreSQL's names.
 * @throws {PostgresStartError} `failed` for a name that is not one, or is the launcher's to set.
 */
export function serverArguments(
  dataArgument: string,
  port: number,
  extra: Record<string, string> = {},
): string[] {
  for (const name of Object.keys(extra)) {
    if (!/^[a-z_][a-z0-9_.]*$/.test(name) || RESERVED.has(name)) {
      throw new PostgresStartError(
        'failed',
        `The setting "${name}" cannot be given to the embedded PostgreSQL: leave it out.`,
      );
    }
  }
  const settings = { ...MODEST, ...extra, ...FIXED, port: String(port) };
  return [
    '-D',
    dataArgument,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
