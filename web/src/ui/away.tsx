import type { ReactNode } from 'react';

/** A link out of the page, in a window of its own; without an address only what it says. */
export const Away = ({ href, children }: { href: string | null; children: ReactNode }) =>
  href === null ? (
    <>{children}</>
  ) : (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  );
