/** What was typed and not sent, by session: it survives going back, reloads and the end of the browser. */
export interface Drafts {
  read(sessionId: string): string;
  write(sessionId: string, text: string): void;
}

/** What drafts need of the browser's store. */
interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = 'slipway:drafts';
const MOST = 20;

/** Drafts in a store of the browser's kind; where there is none, or it is full, nothing is kept and nothing fails. */
export function draftsIn(storage: () => Keeper): Drafts {
  const all = (): [string, string][] => {
    try {
      const known: unknown = JSON.parse(storage().getItem(KEY) ?? '[]');
      return Array.isArray(known) ? known.filter(isDraft) : [];
    } catch {
      return [];
    }
  };
  return {
    read: (sessionId) => all().find(([id]) => id === sessionId)?.[1] ?? '',
    write(sessionId, text) {
      const others = all().filter(([id]) => id !== sessionId);
      const next = text === '' ? others : [[sessionId, text], ...others].slice(0, MOST);
      try {
        storage().setItem(KEY, JSON.stringify(next));
      } catch {
        // Private windows and full stores keep nothing; what is typed is still in the field.
      }
    },
  };
}

const isDraft = (value: unknown): value is [string, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';
