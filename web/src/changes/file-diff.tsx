import type { ChangedFile } from '@slipway/client';
import { memo, useMemo, useState } from 'react';
import { Decoration, Diff, Hunk, parseDiff, type DiffType, type ViewType } from 'react-diff-view';
import { reasonOf } from '../api/api.js';
import { Otherwise } from '../conversation/rich-text.js';
import { Notice } from '../ui/notice.js';
import { tokensOf } from './highlight.js';
import { useDiff } from './use-diff.js';

/** A file with more changed lines is shown when somebody asks for it. */
export const MANY_LINES = 1_500;
const CUT_OFF = /\n\\ Slipway: cut off[^\n]*\n?$/;

interface FileDiffProps {
  readonly taskId: string;
  /** When the changes were seen. */
  readonly seenAt: string;
  readonly file: ChangedFile;
  readonly viewType: ViewType;
}

/** One changed file: what has become of it, and its lines. */
export const FileDiff = memo(function FileDiff({ taskId, seenAt, file, viewType }: FileDiffProps) {
  const lines = file.additions + file.deletions;
  const [asked, setAsked] = useState(false);
  const isShown = !file.binary && (lines <= MANY_LINES || asked);
  return (
    <section className="file-diff" aria-label={file.path}>
      <header>
        <h3>
          {file.oldPath !== undefined && <span className="quiet">{file.oldPath} → </span>}
          {file.path}
        </h3>
        <span className="quiet">{file.status.replace('_', ' ')}</span>
        {!file.binary && (
          <>
            <span className="added">+{file.additions}</span>
            <span className="removed">−{file.deletions}</span>
          </>
        )}
      </header>
      {file.binary && <p className="file-note">A binary file: its content is not shown.</p>}
      {!file.binary && !isShown && (
        <p className="file-note">
          {lines.toLocaleString()} changed lines.{' '}
          <button type="button" className="button small" onClick={() => setAsked(true)}>
            Show them
          </button>
        </p>
      )}
      {isShown && <Lines taskId={taskId} seenAt={seenAt} file={file} viewType={viewType} />}
    </section>
  );
});

function Lines({ taskId, seenAt, file, viewType }: FileDiffProps) {
  const { data, error } = useDiff(taskId, seenAt, file, true);
  if (error !== undefined) return <Notice title="The diff could not be read">{reasonOf(error)}</Notice>;
  if (data === undefined)
    return (
      <p className="file-note quiet" style={{ minHeight: heightOf(file) }}>
        Reading …
      </p>
    );
  const raw = (
    <pre tabIndex={0} aria-label={`Changes of ${file.path}`}>
      {data}
    </pre>
  );
  return (
    <Otherwise show={raw}>
      <Parsed text={data} file={file} viewType={viewType} />
    </Otherwise>
  );
}

function Parsed({ text, file, viewType }: { text: string; file: ChangedFile; viewType: ViewType }) {
  const parsed = useMemo(() => parseDiff(text.replace(CUT_OFF, '\n'))[0], [text]);
  const tokens = useMemo(() => parsed && tokensOf(parsed.hunks, file.path), [parsed, file.path]);
  if (parsed === undefined || parsed.hunks.length === 0)
    return <p className="file-note">{nothingShown(file, text)}</p>;
  return (
    <div className="diff-lines" tabIndex={0} role="group" aria-label={`Changes of ${file.path}`}>
      <Diff
        diffType={TYPES[file.status] ?? 'modify'}
        hunks={parsed.hunks}
        // What was added or deleted has one side only.
        viewType={file.status === 'added' || file.status === 'deleted' ? 'unified' : viewType}
        tokens={tokens}
      >
        {(hunks) =>
          hunks.flatMap((hunk) => [
            <Decoration key={`at ${hunk.content}`} className="diff-hunk">
              <span>{hunk.content}</span>
            </Decoration>,
            <Hunk key={hunk.content} hunk={hunk} />,
          ])
        }
      </Diff>
      {CUT_OFF.test(text) && <p className="file-note">The rest is left out: the diff is too long.</p>}
    </div>
  );
}

const TYPES: Readonly<Record<string, DiffType>> = { added: 'add', deleted: 'delete', renamed: 'rename' };

function nothingShown({ status }: ChangedFile, text: string): string {
  if (/^(old|new) mode /m.test(text)) return 'Only its mode has changed.';
  if (status === 'renamed') return 'Renamed, its content is the same.';
  return status === 'added' ? 'An empty file.' : 'No line has changed.';
}

/** About how high a file is before its lines are there. */
export function heightOf({ binary, additions, deletions }: ChangedFile): number {
  const lines = additions + deletions;
  return binary || lines > MANY_LINES ? 96 : 64 + 19.5 * (lines + 8);
}
