import { api, reasonOf } from '../api/api.js';
import { useResource } from '../ui/use-resource.js';
import { todayText, usageLines } from './usage-words.js';

/** How much the workspace has and may have, as of the moment at which the panel is opened. */
export function UsagePanel({ workspace }: { workspace: string }) {
  const { data, error } = useResource(workspace, (signal) => api.getUsage(workspace, { days: 1, signal }));
  if (error !== undefined) return <p role="alert">How much it has could not be read: {reasonOf(error)}</p>;
  if (data === undefined) return <p className="quiet">Counting …</p>;
  return (
    <dl className="usage" aria-label={`What ${workspace} has`}>
      {usageLines(data).map(({ name, used, limit, text }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
          {limit !== null && <meter aria-label={`${name}: ${text}`} max={Math.max(limit, 1)} value={used} />}
        </div>
      ))}
      <div>
        <dt>Today (UTC)</dt>
        <dd>{todayText(data)}</dd>
      </div>
    </dl>
  );
}
