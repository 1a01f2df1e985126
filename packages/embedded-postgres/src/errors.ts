/**
 * Why a start was refused, for callers that answer differently to each:
 * - `in-use`: another launcher or server works on the data directory;
 * - `foreign`: the directory holds something that this launcher did not make, or another major version;
 * - `no-binaries`: the platform package is missing or cannot be used here;
 * - `failed`: anything else (permissions, port taken, PostgreSQL stopped while starting).
 */
export type PostgresStartReason = 'in-use' | 'foreign' | 'no-binaries' | 'failed';

/** Every refusal of {@link startPostgres}; the message says what to do and nothing has been changed on disk that matters. */
export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError';

  constructor(
    readonly reason: PostgresStartReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Of what a program printed before it failed, the reason on one line: its complaints, else its last line. */
export function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  // A hint before the first complaint belongs to a remark: of every start after a crash it says that data may be corrupted.
  const first = Math.max(
    0,
    lines.findIndex((line) => /\b(?:error|FATAL|PANIC):\s/.test(line)),
  );
  const complaints = lines
    .slice(first)
    .flatMap((line) => /\b(?:error|FATAL|PANIC|DETAIL|HINT):\s+.*/.exec(line)?.[0] ?? []);
  const words = (complaints.length > 0 ? complaints : lines.filter(Boolean).slice(-1)).join(' ');
  return /No space left|Disk quota/.test(words) ? `${words} (make room on that disk)` : words;
}

/**
 * The `code` of a Node system error (`ENOENT`, `EACCES`, …), or undefined for anything else. Not by `instanceof`: the
 * errors of Node's own modules come from another realm where modules run in a `vm` context, as under jest.
 */
export function errorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
