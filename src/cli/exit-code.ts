import { CommanderError } from 'commander';

/** What `slipway` ends with, so that a script can tell why it did. 0 is success, 130 an interrupt. */
export const EXIT_CODES = {
  /** What was asked for was tried and did not succeed, or what was looked at is not as it should be. */
  failed: 1,
  /** The command line, or a value in it, is not one that is understood. */
  usage: 2,
  /** What it names does not exist. */
  notFound: 3,
  /** It is understood and not done: no right to it, not in this state, or too much of it. */
  refused: 4,
  /** The service or a store does not answer. */
  unreachable: 5,
} as const;

export type Failure = keyof typeof EXIT_CODES;

/** What a command of ours ends with, for a reason that it knows. The message says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly failure: Failure,
    message: string,
  ) {
    super(message);
  }
}

/** What the system says of an address at which nobody answers. */
const SYSTEM_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** A store that does not answer, by what the rim calls that. */
const STORE_ERRORS: ReadonlySet<string> = new Set(['EventStoreUnavailableError', 'RowsUnavailableError']);

/** The exit code for what a command was ended by. */
export function exitCodeOf(error: unknown): number {
  // Asking for help, or for the version, is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  return EXIT_CODES[failureOf(error)];
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof CliError) return error.failure;
  const { name, code, status } = error as Error & { code?: unknown; status?: unknown };
  // Known by their names: to load their classes would double the time that a command takes to start.
  if (name === 'SlipwayError' && typeof status === 'number') return failureOfStatus(status);
  return STORE_ERRORS.has(name) || SYSTEM_CODES.has(code) ? 'unreachable' : 'failed';
}

/** @param status of an answer of the API, 0 where there was none */
function failureOfStatus(status: number): Failure {
  if (status === 0 || status === 502 || status === 503 || status === 504) return 'unreachable';
  if (status === 404 || status === 410) return 'notFound';
  if (status === 401 || status === 403 || status === 409 || status === 421 || status === 429)
    return 'refused';
  return status >= 400 && status < 500 ? 'usage' : 'failed';
}

/** For `--help`. */
export const EXIT_CODES_HELP = `Exit codes: 0 done, ${EXIT_CODES.failed} failed, ${EXIT_CODES.usage} wrong usage, ${EXIT_CODES.notFound} not found, ${EXIT_CODES.refused} refused, ${EXIT_CODES.unreachable} service or store unreachable`;
