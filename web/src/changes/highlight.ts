import { common, createLowlight } from 'lowlight';
import { markEdits, tokenize, type HunkData, type HunkTokens } from 'react-diff-view';

const lowlight = createLowlight(common);

/** What files of other names than their language's are written in. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ mjs: 'javascript', cjs: 'javascript', jsx: 'javascript', mts: 'typescript', cts: 'typescript' },
  ...{
    htm: 'xml',
    svg: 'xml',
    vue: 'xml',
    yml: 'yaml',
    h: 'c',
    hpp: 'cpp',
    cc: 'cpp',
    rs: 'rust',
    kts: 'kotlin',
  },
  ...{ dockerfile: 'bash', zsh: 'bash', jsonc: 'json', toml: 'ini', env: 'ini', gradle: 'java' },
};
/** Beyond so many characters a file keeps one colour: telling its parts apart would hold the page up. */
const MOST_TEXT = 150_000;

/** The diff view's port for what tells the parts of a language apart. */
const refractor = {
  highlight: (text: string, language: string) => lowlight.highlight(language, text).children,
};

/** The parts of a diff: of its language where that is known, and what has changed within a line. */
export function tokensOf(hunks: HunkData[], path: string): HunkTokens | null {
  const size = hunks.reduce(
    (sum, { changes }) => sum + changes.reduce((all, { content }) => all + content.length, 0),
    0,
  );
  if (size > MOST_TEXT) return null;
  const enhancers = [markEdits(hunks, { type: 'block' })];
  const language = languageOf(path);
  try {
    return language === undefined
      ? tokenize(hunks, { enhancers })
      : tokenize(hunks, { enhancers, highlight: true, refractor, language });
  } catch {
    return null;
  }
}

function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf('.') + 1);
  const language = LANGUAGES[ending] ?? ending;
  return lowlight.registered(language) ? language : undefined;
}
