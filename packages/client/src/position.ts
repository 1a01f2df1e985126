/** Whether the text can be a position: at most 19 decimal digits, the first of several no zero. */
export const isPosition = (text: unknown): text is string =>
  typeof text === 'string' && /^(0|[1-9]\d{0,18})$/.test(text);

/** Whether the decimal position `a` comes after `b`. Positions outgrow numbers, and nothing computes with them. */
export const isAfter = (a: string, b: string): boolean =>
  a.length === b.length ? a > b : a.length > b.length;
