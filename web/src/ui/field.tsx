import type { ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint: string;
  readonly name: string;
  readonly error: string | undefined;
  readonly children: (props: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
  }) => ReactNode;
}

/** A labelled field; what the API says about it takes the place of its hint. */
export function Field({ label, hint, name, error, children }: FieldProps) {
  const about = `${name}-about`;
  return (
    <div className={error === undefined ? 'field' : 'field wrong'}>
      <label htmlFor={name}>{label}</label>
      {children({ id: name, 'aria-describedby': about, 'aria-invalid': error !== undefined })}
      <p id={about} className="about" role={error === undefined ? undefined : 'alert'}>
        {error ?? hint}
      </p>
    </div>
  );
}
