import { useState } from 'react';
import { canBeAsked, ask } from './notifications.js';

/** How many tasks of the list wait for somebody, and whether the browser is to say so when nobody looks. */
export function Attention({ waiting }: { waiting: number }) {
  const [asks, setAsks] = useState(canBeAsked);
  return (
    <div className="attention">
      <span role="status">
        {waiting > 0 && (
          <span className="badge asks">{`${waiting} ${waiting === 1 ? 'needs' : 'need'} you`}</span>
        )}
      </span>
      {asks && (
        <button
          type="button"
          className="button small"
          onClick={() => ask().finally(() => setAsks(canBeAsked()))}
        >
          Notify me
        </button>
      )}
    </div>
  );
}
