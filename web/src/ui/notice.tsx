import type { ReactNode } from 'react';

/** Something went wrong: what, and what to do. */
export function Notice({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="notice" role="alert">
      <div>
        <strong>{title}</strong>
        {children !== undefined && <div className="notice-text">{children}</div>}
      </div>
      {action}
    </div>
  );
}
