import { structuredPatch } from 'diff';
import { memo } from 'react';

interface DiffProps {
  readonly path: string;
  /** Null where there was no file. */
  readonly oldText: string | null;
  readonly newText: string;
}

/** Beyond so many changed lines the two texts are told as one taking the other's place. */
const MOST_EDITS = 2_000;
const CONTEXT = 3;

/** What a change does to a file, in lines. Loaded when the first one is shown. */
export default memo(function DiffView({ path, oldText, newText }: DiffProps) {
  const lines = linesOf(oldText ?? '', newText);
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  return (
    <figure className="diff">
      <figcaption>
        <span className="diff-path">{path}</span>
        {oldText === null && <span className="quiet">new</span>}
        <span className="added">+{count('+')}</span>
        <span className="removed">−{count('-')}</span>
      </figcaption>
      <pre tabIndex={0} dir="ltr" aria-label={`Changes of ${path}`}>
        {lines.map((line, index) => (
          <span key={index} className={CLASS[line[0]!] ?? 'same'}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
    </figure>
  );
});

const CLASS: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'hunk' };

function linesOf(oldText: string, newText: string): string[] {
  const patch = structuredPatch('', '', oldText, newText, '', '', {
    context: CONTEXT,
    maxEditLength: MOST_EDITS,
  });
  if (patch === undefined) return [...marked('-', oldText), ...marked('+', newText)];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }, index) => [
    ...(patch.hunks.length > 1 || oldStart > 1
      ? [`@@ −${oldStart} +${newStart}${index === 0 ? '' : ' …'}`]
      : []),
    ...lines.filter((line) => !line.startsWith('\\')),
  ]);
}

const marked = (mark: string, text: string): string[] =>
  text === '' ? [] : text.split('\n').map((line) => mark + line);
