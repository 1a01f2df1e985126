import type { AuditEntry } from '@slipway/client';
import { reasonOf } from '../api/api.js';
import { useTitle } from '../live/use-title.js';
import { Link } from '../router.js';
import { dateAndTime } from '../task/format.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { inWorkspace, listAddress } from '../workspace.js';
import { didText, toText } from './audit-words.js';
import { useAudit } from './use-audit.js';

const COLUMNS = ['When', 'Who', 'Did', 'To', 'From'] as const;

/** Who did what in the workspace, or to one task or session of it. */
export default function AuditPage({ workspace, subject }: { workspace: string; subject: string | null }) {
  const { entries, next, loading, error, readOn } = useAudit(workspace, subject);
  useTitle('Who did what');
  return (
    <main id="main" className="audit-page">
      <Link className="back" href={listAddress(workspace)}>
        <Icon name="back" />
        Tasks
      </Link>
      <div className="page-head">
        <h1 tabIndex={-1}>Who did what</h1>
        <span className="quiet">{subject === null ? `in ${workspace}` : `to ${subject}`}</span>
        {subject !== null && <Link href={inWorkspace('/audit', workspace)}>All of {workspace}</Link>}
      </div>
      {error !== undefined && <Notice title="It could not be read">{reasonOf(error)}</Notice>}
      {entries.length > 0 && (
        <div className="wide" tabIndex={0} role="region" aria-label="Who did what, newest first">
          <table>
            <thead>
              <tr>
                {COLUMNS.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Row key={entry.position} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {entries.length === 0 && !loading && error === undefined && (
        <p className="empty">
          {next === null ? 'Nobody did anything.' : 'Nothing so far back as was looked.'}
        </p>
      )}
      {next !== null && (
        <button type="button" className="button more" disabled={loading} onClick={readOn}>
          Look further back
        </button>
      )}
    </main>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { time, actor, subject, address } = entry;
  return (
    <tr>
      <td>
        <time dateTime={time}>{dateAndTime(time)}</time>
      </td>
      <td>{actor}</td>
      <td>{didText(entry)}</td>
      <td>
        {subject?.kind === 'task' ? (
          <Link href={`/tasks/${subject.id}`}>{toText(entry)}</Link>
        ) : (
          toText(entry)
        )}
      </td>
      <td>{address}</td>
    </tr>
  );
}
