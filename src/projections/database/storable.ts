/** NUL and half surrogate pairs, as JSON.stringify writes them: PostgreSQL's jsonb takes neither. */
const UNSTORABLE = /\\u(0000|d[89a-f])/i;

/** The text, with what PostgreSQL cannot keep made into U+FFFD. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** The value as JSON that PostgreSQL can keep. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!UNSTORABLE.test(json)) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storableText(part) : part));
}
