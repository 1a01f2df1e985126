/** What one look at the installation found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  /** What to do about it; missing where nothing needs to be done. */
  readonly advice?: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, level: 'ok', detail });

export const warning = (check: string, detail: string, advice: string): Finding => ({
  check,
  level: 'warning',
  detail,
  advice,
});

export const problem = (check: string, detail: string, advice: string): Finding => ({
  check,
  level: 'problem',
  detail,
  advice,
});
