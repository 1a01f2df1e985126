import { type Static, type TSchema, type TString, Type } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';

/** How the text of an environment variable is read. */
export interface Kind<T> {
  /** Throws NotTakenError for what it does not take. The text has no blanks around it and is not empty. */
  read(text: string): T;
}

/** A kind of one word or number: it can be an item of a list. */
export interface ItemKind<S extends TSchema> extends Kind<Static<S>> {
  readonly schema: S;
  /** The text as the value that the schema judges; the text itself when it is none. */
  readonly valueOf: (text: string) => unknown;
}

/** A variable's text is none of what it takes. The message follows the variable's name. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError';
}

const MOST_SHOWN = 80;

/** On one line, whatever is in it. */
function quoted(text: string): string {
  const whole = JSON.stringify(text);
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole;
}

/** The value, if the schema takes it. Throws NotTakenError with what is told of the schema's first complaint otherwise. */
function checked<S extends TSchema>(
  schema: S,
  value: unknown,
  tell: (error: ValueError) => string,
): Static<S> {
  if (Value.Check(schema, value)) return value;
  throw new NotTakenError(`must be ${tell(Value.Errors(schema, value).First()!)}`);
}

/** @param takes what it takes, in words that follow "must be" */
function item<S extends TSchema>(
  takes: string,
  schema: S,
  valueOf: (text: string) => unknown = (text) => text,
  isShown = true,
): ItemKind<S> {
  return {
    schema,
    valueOf,
    read: (text) => checked(schema, valueOf(text), () => `${takes}${isShown ? `, not ${quoted(text)}` : ''}`),
  };
}

/** Digits only, within bounds (both included). `unit` is that of the plural: "milliseconds". */
export const wholeNumber = (minimum: number, maximum: number, unit?: string) =>
  item(
    `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${minimum} to ${maximum}`,
    Type.Integer({ minimum, maximum }),
    (text) => (/^\d+$/.test(text) ? Number(text) : text),
  );

const WORDS = new Map([
  ...['true', 'yes', '1'].map((word) => [word, true] as const),
  ...['false', 'no', '0'].map((word) => [word, false] as const),
]);

export const yesOrNo = item('true or false', Type.Boolean(), (text) => WORDS.get(text.toLowerCase()) ?? text);

export const oneOf = <const W extends string>(...words: readonly W[]) =>
  item(
    words.length === 1 ? words[0]! : `one of ${words.join(', ')}`,
    Type.Unsafe<W>(Type.Union(words.map((word) => Type.Literal(word)))),
  );

/** What else is asked of a text: a pattern, or a format that is in TypeBox's registry. */
type TextRule = { readonly pattern?: string; readonly format?: string };

/** Text of at most so many characters. */
export const text = (takes: string, maxLength: number, rule: TextRule = {}): ItemKind<TString> =>
  item(`${takes} (at most ${maxLength} characters)`, Type.String({ maxLength, ...rule }));

/** Text that must not be shown: it may hold a password. */
export const secretText = (takes: string, rule: TextRule): ItemKind<TString> =>
  item(takes, Type.String({ maxLength: 8_192, ...rule }), undefined, false);

/** Items between commas; blanks around them and empty ones do not count. Unless `allowEmpty`, one is needed. */
export function listOf<S extends TSchema>(
  { schema, valueOf }: ItemKind<S>,
  many: string,
  allowEmpty = true,
): Kind<readonly Static<S>[]> {
  const list = Type.Array(schema, { uniqueItems: true, minItems: allowEmpty ? 0 : 1 });
  return {
    read: (given) => {
      const parts = given
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
      const why = ({ type, path }: ValueError): string => {
        if (type === ValueErrorType.ArrayMinItems) return 'there is none in it';
        if (type !== ValueErrorType.ArrayUniqueItems)
          return `${quoted(parts[Number(path.slice(1))]!)} is none`;
        return `${quoted(parts.find((part, index) => parts.indexOf(part) !== index)!)} is there twice`;
      };
      return checked(list, parts.map(valueOf), (error) => `a comma list of ${many}; ${why(error)}`);
    },
  };
}

/** What one of two kinds takes; what neither does is refused in the words of the second. */
export const either = <A, B>(first: Kind<A>, second: Kind<B>): Kind<A | B> => ({
  read: (given) => {
    try {
      return first.read(given);
    } catch (error) {
      if (error instanceof NotTakenError) return second.read(given);
      throw error;
    }
  },
});
