/**
 * What a terminal obeys, or shows otherwise than it is: control characters (C0, DEL, C1), marks that turn the direction
 * of writing, line and paragraph separators, and halves of characters.
 */
const OBEYED = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu;
const OBEYED_BUT_TAB = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu;
/** Those of them that JSON does not escape by itself. */
const LEFT_BY_JSON = /[\x7f-\x9f\u2028\u2029\p{Bidi_Control}]/gu;

/** One line of text in which nothing is left that a terminal would obey: `␛[31m`, `␊`, `\u202e` stand for it. */
export const visible = (text: string): string => text.replace(OBEYED, symbolOf);

/** The same for text of several lines, which it stays; tabs as well. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(OBEYED_BUT_TAB, symbolOf))
    .join('\n');

/** The same JSON, with the characters escaped that a terminal would obey. */
export const visibleJson = (json: string): string => json.replace(LEFT_BY_JSON, escapeOf);

/** Unicode has pictures of the C0 controls and of DEL; the others are spelled. */
function symbolOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : escapeOf(character);
}

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
