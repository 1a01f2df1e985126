import type { SandboxUser } from './sandbox-user.js';

/**
 * How far an agent is kept apart from us, which is a question of what this machine allows:
 * `user`: as `view`, and it is a user of its own without any rights, which takes root;
 * `view`: processes of its own, and of our data it sees its own sandbox, and its mirror to read;
 * `processes`: processes of its own only; `none`: nothing.
 */
export type Isolation = 'user' | 'view' | 'processes' | 'none';

/** What an agent sees of the folders that hold everybody's things. */
export interface AgentView {
  /** An empty folder of ours on which the view is put together; others do not see what is mounted there. */
  readonly stage: string;
  /** Hidden but for what is kept: everything that Slipway stores, and all sandboxes' temporary folders. */
  readonly data: string;
  readonly temp: string;
  /** Where the agent server starts. */
  readonly cwd: string;
  readonly writable: readonly string[];
  readonly readable: readonly string[];
  /** To read, and programs in them to run; these may also lie elsewhere. */
  readonly runnable: readonly string[];
  /** Who it is where it is a user of its own. */
  readonly user: SandboxUser;
}

/**
 * Killing `unshare` kills the namespace's first process, and with it the kernel kills all others.
 * (`--fork` and a `/proc` of its own come with a PID namespace.)
 */
const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];

/**
 * Mounts belong to whoever made them, and the agent runs as somebody who can undo none of them: what comes behind the folders
 * turns into that one. It must leave the old working folder, out of which `..` still leads to what is covered.
 */
const VIEW = `set -e
umask 022
stage=$1 data=$2 temp=$3 cwd=$4
shift 4
mount -t tmpfs -o mode=755 slipway "$stage"
mkdir "$stage/data" "$stage/temp"
while [ "$1" != -- ]; do
  if [ "$1" = id ]; then
    { cat /etc/passwd; printf '%s\\n' "$2"; } > "$stage/passwd"
    mount --bind "$stage/passwd" /etc/passwd
    shift 2
    continue
  fi
  case "$2" in
    "$data"/*) at="$stage/data\${2#"$data"}" ;;
    "$temp"/*) at="$stage/temp\${2#"$temp"}" ;;
    *) [ "$1" = rx ] || exit 1; at=$2 ;;
  esac
  mkdir -p "$at"
  mount --bind "$2" "$at"
  if [ "$1" = ro ]; then mount -o remount,bind,ro,nosuid,nodev,noexec "$at"; fi
  if [ "$1" = rx ]; then mount -o remount,bind,ro,nosuid,nodev "$at"; fi
  shift 2
done
shift
mount -o remount,bind,ro "$stage"
mount --rbind "$stage/temp" "$temp"
mount --rbind "$stage/data" "$data"
cd "$cwd"
exec "$@"`;

/** What to put before a command to run it in namespaces of its own, as its own user or as the one that we are. */
export function namespaceCommand(isolation: Isolation, view: AgentView): string[] {
  if (isolation === 'none') return [];
  if (isolation === 'processes') return [...UNSHARE, '--user', '--map-current-user', '--'];
  const kept = [
    ...view.writable.flatMap((path) => ['rw', path]),
    ...view.readable.flatMap((path) => ['ro', path]),
    ...view.runnable.flatMap((path) => ['rx', path]),
  ];
  const places = [view.stage, view.data, view.temp, view.cwd];
  const inView = ['/bin/sh', '-c', VIEW, 'slipway-view', ...places, ...kept];
  if (isolation === 'view') {
    // In a user namespace below the one that made the mounts, also where it is root there.
    const same = [`--map-user=${process.geteuid?.()}`, `--map-group=${process.getegid?.()}`];
    const outer = [...UNSHARE, '--user', '--map-root-user', '--mount', '--'];
    return [...outer, ...inView, '--', 'unshare', '--user', ...same, '--'];
  }
  const { uid, gid } = view.user;
  const named = `agent:x:${uid}:${gid}:agent:${view.cwd}/home:/bin/bash`;
  return [...UNSHARE, '--mount', '--', ...inView, 'id', named, '--', ...becoming(view.user)];
}

/** Turns root into a user without rights, and no way to any. */
const becoming = ({ uid, gid }: SandboxUser): string[] => [
  'setpriv',
  ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
  ...['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'],
  // Who becomes another user forgets that it is to end with its parent.
  '--pdeathsig=KILL',
  '--',
];
