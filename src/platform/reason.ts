const MAX_REASON = 1_000;

/** Text that every store can keep: bounded, without NUL, and no character cut in half. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replaceAll('\0', '')
    .slice(0, MAX_REASON)
    .toWellFormed();
