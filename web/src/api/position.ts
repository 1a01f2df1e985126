/** Whether the decimal position `a` comes after `b`. Positions outgrow numbers, and nothing computes with them. */
export const isAfter = (a: string, b: string): boolean =>
  a.length === b.length ? a > b : a.length > b.length;
