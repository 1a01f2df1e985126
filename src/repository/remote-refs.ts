/** What a remote says that it has. */
export interface RemoteRefs {
  /** Branches and tags by full name, each with the object it points to. */
  readonly refs: ReadonlyMap<string, string>;
  /** What HEAD points to; absent when it names no branch that is there. */
  readonly head?: string;
  /** The branch that HEAD names, in full; absent when it is detached or does not say. */
  readonly headBranch?: string;
}

/** The arguments of the git call whose answer `parseRemoteRefs` reads. */
export const LIST_REMOTE = ['ls-remote', '--symref', '--quiet'];
export const LISTED_REFS = ['HEAD', 'refs/heads/*', 'refs/tags/*'];

/** Reads lines `<id>\t<ref>` and `ref: <branch>\tHEAD`; what tags point to through others (`^{}`) is left out. */
export function parseRemoteRefs(text: string): RemoteRefs {
  const refs = new Map<string, string>();
  let head: string | undefined;
  let headBranch: string | undefined;
  for (const line of text.split('\n')) {
    const [what = '', name = ''] = line.split('\t');
    if (name === 'HEAD') {
      if (what.startsWith('ref: ')) headBranch = what.slice(5);
      else head = what;
    } else if (/^refs\/(heads|tags)\//.test(name) && !name.endsWith('^{}')) refs.set(name, what);
  }
  return { refs, head, headBranch: headBranch?.startsWith('refs/heads/') ? headBranch : undefined };
}

/** Reads lines `<id> <ref>`, as a mirror lists its own. */
export function parseOwnRefs(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const space = line.indexOf(' ');
        return [line.slice(space + 1), line.slice(0, space)];
      }),
  );
}

/** The refs that are not the same on both sides. */
export function differences(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name));
}
