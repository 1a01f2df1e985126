import { useRef, type CSSProperties } from 'react';
import { api } from '../api/api.js';
import type { HistoryItem, TaskRecord } from '@slipway/client';
import { Icon } from '../ui/icon.js';
import { useResource } from '../ui/use-resource.js';
import { kindOf } from './events.js';
import { dateAndTime, timeOfDay } from './format.js';

/** The record as it was at a position; while the next one is read, the one before stays. Past records never change. */
export function usePastTask(
  taskId: string,
  at: string | null,
): { task: TaskRecord | undefined; error: unknown } {
  const read = useRef(new Map<string, TaskRecord>());
  const known = at === null ? undefined : read.current.get(at);
  const { data, error } = useResource(at === null || known ? null : at, async (signal) => {
    const task = await api.getTask(taskId, { at: at! }, { signal });
    read.current.set(at!, task);
    return task;
  });
  return { task: at === null ? undefined : (known ?? data), error: known ? undefined : error };
}

/** Beyond this the marks of single events would run into each other. */
const MOST_TICKS = 60;

interface TimeTravelProps {
  readonly items: readonly HistoryItem[];
  /** Index of the event at which the page stands. */
  readonly index: number;
  readonly past: boolean;
  readonly onGo: (index: number) => void;
  readonly onNow: () => void;
}

/** A slider over the task's history. Its last place is the present, which goes on. */
export function TimeTravel({ items, index, past, onGo, onNow }: TimeTravelProps) {
  const last = items.length - 1;
  const event = items[index];
  const share = (place: number) => (last === 0 ? 1 : place / last);
  if (event === undefined) return <div className="time-travel" aria-hidden="true" />;
  return (
    <section className="time-travel" aria-label="Time travel" data-past={past}>
      <div className="time-inner">
        <button
          type="button"
          className="button small square"
          aria-label="One event back"
          disabled={index === 0}
          onClick={() => onGo(index - 1)}
        >
          <Icon name="back" />
        </button>
        <div className="slider" style={{ '--share': `${share(index) * 100}%` } as CSSProperties}>
          {items.length <= MOST_TICKS &&
            items.map(({ position, type }, place) => (
              <span
                key={position}
                className={`tick ${kindOf(type)}`}
                style={{ '--at': share(place) } as CSSProperties}
              />
            ))}
          <input
            type="range"
            min={0}
            max={Math.max(last, 1)}
            value={last === 0 ? 1 : index}
            disabled={last === 0}
            aria-label="Moment in the task's history"
            aria-valuetext={`${index + 1} of ${items.length}: ${event.type}, ${timeOfDay(event.time)}`}
            onChange={({ target }) => onGo(Number(target.value))}
          />
        </div>
        <button
          type="button"
          className="button small square"
          aria-label="One event on"
          disabled={index >= last}
          onClick={() => onGo(index + 1)}
        >
          <Icon name="forward" />
        </button>
        <p className="moment">
          <span className="moment-type">{past ? event.type : 'Now'}</span>
          <time dateTime={event.time} title={dateAndTime(event.time)}>
            {index + 1} of {items.length} · {timeOfDay(event.time)}
          </time>
        </p>
        <button type="button" className="button small primary" disabled={!past} onClick={onNow}>
          Back to now
        </button>
      </div>
    </section>
  );
}
