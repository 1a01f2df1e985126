/** How the text of an environment variable is read. */
export interface Kind<T> {
  /** What it takes, in words that follow "must be". */
  readonly takes: string;
  /** Throws NotTakenError for what it does not take. The text has no blanks around it and is not empty. */
  read(text: string): T;
}

/** A variable's text is none of what it takes. The message follows the variable's name. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError';
}

const MOST_SHOWN = 80;

/** A kind of which a reader that knows no better answer gives undefined. */
function kind<T>(takes: string, read: (text: string) => T | undefined, shown = true): Kind<T> {
  return {
    takes,
    read: (text) => {
      const value = read(text);
      if (value !== undefined) return value;
      throw new NotTakenError(`must be ${takes}${shown ? `, not ${quoted(text)}` : ''}`);
    },
  };
}

/** On one line, whatever is in it. */
function quoted(text: string): string {
  const whole = JSON.stringify(text);
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole;
}

/** Digits only, within bounds (both included). `unit` is that of the plural: "milliseconds". */
export const wholeNumber = (min: number, max: number, unit?: string): Kind<number> =>
  kind(`a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  });

export const yesOrNo: Kind<boolean> = kind('true or false', (text) => {
  const word = text.toLowerCase();
  if (['true', 'yes', '1'].includes(word)) return true;
  return ['false', 'no', '0'].includes(word) ? false : undefined;
});

export const oneOf = <const W extends string>(...words: readonly W[]): Kind<W> =>
  kind(words.length === 1 ? words[0]! : `one of ${words.join(', ')}`, (text) =>
    words.find((word) => word === text),
  );

/** Text of at most so many characters for which the test holds. */
export const text = (
  takes: string,
  max: number,
  test: (text: string) => boolean = () => true,
): Kind<string> =>
  kind(`${takes} (at most ${max} characters)`, (given) =>
    given.length <= max && test(given) ? given : undefined,
  );

/** Text that must not be shown: it may hold a password. */
export const secretText = (takes: string, test: (text: string) => boolean): Kind<string> =>
  kind(takes, (given) => (test(given) ? given : undefined), false);

/** Items between commas; blanks around them and empty ones do not count. Unless `allowEmpty`, one is needed. */
export function listOf<T>(item: Kind<T>, many: string, allowEmpty = true): Kind<readonly T[]> {
  const takes = `a comma list of ${many}`;
  return {
    takes,
    read: (given) => {
      const parts = given
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
      const values = parts.map((part) => {
        try {
          return item.read(part);
        } catch (error) {
          if (!(error instanceof NotTakenError)) throw error;
          throw new NotTakenError(`must be ${takes}; ${quoted(part)} is none`);
        }
      });
      const twice = parts.find((part, index) => parts.indexOf(part) !== index);
      if (twice !== undefined) throw new NotTakenError(`must be ${takes}; ${quoted(twice)} is there twice`);
      if (values.length === 0 && !allowEmpty)
        throw new NotTakenError(`must be ${takes}; there is none in it`);
      return values;
    },
  };
}
