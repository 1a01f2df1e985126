const PATHS = {
  back: 'M10 3.5 5.5 8l4.5 4.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  forward: 'M6 3.5 10.5 8 6 12.5',
  plus: 'M8 3v10M3 8h10',
  check: 'm3.5 8.5 3 3 6-7',
  cross: 'm4.5 4.5 7 7m0-7-7 7',
  branch:
    'M5 3.5v9m0-3.5c0-3 6-1.5 6-5.5M5 12.5a1 1 0 1 0 0 .01M11 3.5a1 1 0 1 0 0 .01M5 3.5a1 1 0 1 0 0 .01',
  repository: 'M4 13V4a1.5 1.5 0 0 1 1.5-1.5H12V11H5.5A1.5 1.5 0 0 0 4 12.5 1.2 1.2 0 0 0 5.2 13.5H12V11',
  clock: 'M8 5v3l2 1.5M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  retry: 'M12.8 8a4.8 4.8 0 1 1-1.5-3.5M12.8 2.5v2.7h-2.7',
  archive: 'M2.5 3.5h11v3h-11zM3.5 6.5V13h9V6.5M6.5 9h3',
  stop: 'M5 2.8h6L13.2 5v6L11 13.2H5L2.8 11V5zM6 6l4 4m0-4-4 4',
} as const;

export type IconName = keyof typeof PATHS;

/** A decoration: whatever it says is also said in words. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
