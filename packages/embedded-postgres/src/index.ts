export { PostgresStartError, type PostgresStartReason } from './errors.js';
export { startPostgres, type PostgresOptions, type PostgresServer } from './start.js';
