import { useEffect, useRef, useState } from 'react';
import { isAfter, type HistoryItem } from '@slipway/client';
import { withoutTexts } from '../../../src/events/texts.js';
import { api } from '../api/api.js';
import { useTries } from '../ui/use-resource.js';

/** A task's events, oldest first, read on whenever its record is further than they are. */
export function useHistory(
  taskId: string,
  position: string | undefined,
): { items: HistoryItem[]; error: unknown } {
  const [items, setItems] = useState<HistoryItem[]>([]);
  const [error, setError] = useState<unknown>();
  const read = useRef<{ last: string | null; wanted: string; busy: boolean }>({
    last: null,
    wanted: '0',
    busy: false,
  });
  const tries = useTries(error !== undefined);

  useEffect(() => {
    if (position === undefined) return;
    const progress = read.current;
    if (isAfter(position, progress.wanted)) progress.wanted = position;
    if (progress.busy) return;
    progress.busy = true;
    const readOn = async () => {
      while (progress.last === null || isAfter(progress.wanted, progress.last)) {
        const page = await api.getHistory(taskId, {
          after: progress.last ?? undefined,
          minPosition: progress.wanted,
          limit: 200,
        });
        const last = page.items.at(-1)?.position;
        if (last === undefined) break;
        progress.last = last;
        const isErased = page.items.some(({ type }) => type === 'TaskErased');
        setItems((known) => [...(isErased ? known.map(unsaid) : known), ...page.items]);
      }
    };
    readOn()
      .then(() => setError(undefined), setError)
      .finally(() => (progress.busy = false));
  }, [taskId, position, tries]);
  return { items, error };
}

/** The event as it is read once its task is erased: this page may have read it before. */
const unsaid = (item: HistoryItem): HistoryItem => ({
  ...item,
  data: withoutTexts(item.type, item.data) as HistoryItem['data'],
});
