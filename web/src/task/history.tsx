import { useState } from 'react';
import type { HistoryItem } from '@slipway/client';
import { Icon } from '../ui/icon.js';
import { kindOf, summaryOf } from './events.js';
import { dateAndTime, duration, timeOfDay } from './format.js';

interface HistoryProps {
  readonly items: readonly HistoryItem[];
  /** Index of the event at which the page stands. */
  readonly at: number;
  readonly onGo: (index: number) => void;
}

/** Everything that happened, newest last; what comes after the shown moment is set back. */
export function History({ items, at, onGo }: HistoryProps) {
  return (
    <ol className="history">
      {items.map((item, index) => (
        <Event
          key={item.position}
          item={item}
          sincePrevious={index === 0 ? null : Date.parse(item.time) - Date.parse(items[index - 1]!.time)}
          place={index === at ? 'shown' : index > at ? 'later' : 'earlier'}
          onGo={() => onGo(index)}
        />
      ))}
    </ol>
  );
}

interface EventProps {
  readonly item: HistoryItem;
  readonly sincePrevious: number | null;
  readonly place: 'earlier' | 'shown' | 'later';
  readonly onGo: () => void;
}

function Event({ item, sincePrevious, place, onGo }: EventProps) {
  const [open, setOpen] = useState(false);
  const summary = summaryOf(item);
  return (
    <li
      className={`event ${kindOf(item.type)} ${place}`}
      aria-current={place === 'shown' ? 'step' : undefined}
    >
      <button type="button" className="event-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="event-type">{item.type}</span>
        <time dateTime={item.time} title={dateAndTime(item.time)}>
          {timeOfDay(item.time)}
          <span className="delta">{sincePrevious ? `+${duration(sincePrevious)}` : ''}</span>
        </time>
        {summary !== '' && <span className="event-summary">{summary}</span>}
      </button>
      <button
        type="button"
        className="event-go"
        aria-label={`Show the task at ${item.type}, event ${item.revision}`}
        onClick={onGo}
      >
        <Icon name="clock" />
      </button>
      {open && (
        <pre tabIndex={0} aria-label={`Payload of ${item.type}`}>
          {JSON.stringify(
            { position: item.position, revision: item.revision, ...item.data, metadata: item.metadata },
            null,
            2,
          )}
        </pre>
      )}
    </li>
  );
}
