import { useRef, type KeyboardEvent, type ReactNode } from 'react';

interface TabsProps<T extends string> {
  readonly names: readonly T[];
  readonly shown: T;
  readonly onShow: (name: T) => void;
}

const panelId = (name: string) => `panel-${name.toLowerCase()}`;
const tabId = (name: string) => `tab-${name.toLowerCase()}`;

/** Tabs as the keyboard knows them: one stop, arrows between them. */
export function Tabs<T extends string>({ names, shown, onShow }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (names.indexOf(shown) + step + names.length) % names.length;
    onShow(names[next]!);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div ref={list} className="tabs" role="tablist" aria-label="Task" onKeyDown={onKey}>
      {names.map((name) => (
        <button
          key={name}
          id={tabId(name)}
          type="button"
          role="tab"
          aria-selected={name === shown}
          aria-controls={panelId(name)}
          tabIndex={name === shown ? 0 : -1}
          onClick={() => onShow(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** What a tab shows. It keeps what it has while another is shown. */
export function Panel({ name, shown, children }: { name: string; shown: string; children: ReactNode }) {
  return (
    <div
      id={panelId(name)}
      className={`panel of-${name.toLowerCase()}`}
      role="tabpanel"
      aria-labelledby={tabId(name)}
      hidden={name !== shown}
    >
      {children}
    </div>
  );
}
