import { connection, useLink } from '../live/live.js';
import { useNow } from './use-now.js';

/** Says that what is shown may be old, for as long as the connection is down. It covers; it moves nothing. */
export function LinkBanner() {
  const { phase, retryAt } = useLink();
  const down = phase === 'down';
  useNow(down ? 500 : null);
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - Date.now()) / 1_000));
  return (
    <div className="link-banner" role="status" data-shown={down}>
      {down && (
        <>
          <span className="dot" aria-hidden="true" />
          <span>
            Connection lost. What you see may be old.{' '}
            <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'}</span>
          </span>
          <button type="button" className="button small" onClick={() => connection.connectNow()}>
            Try now
          </button>
        </>
      )}
    </div>
  );
}
