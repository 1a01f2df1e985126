import { useEffect, useSyncExternalStore } from 'react';
import { windowTitle } from '../task/needs-you.js';
import { store } from './live.js';

const waiting = () => [...store.all().values()].filter(({ needsYou }) => needsYou).length;

/** The window's title while the component is shown, with how many of the known tasks wait for somebody. */
export function useTitle(title: string): void {
  const count = useSyncExternalStore(store.subscribe, waiting);
  useEffect(() => {
    document.title = windowTitle(title, count);
  }, [title, count]);
}
