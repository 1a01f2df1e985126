/**
 * How far an agent is kept apart from us, which is a question of what this machine allows:
 * `view`: processes of its own, and of our data it sees its own sandbox, and its mirror to read;
 * `processes`: processes of its own only; `none`: nothing.
 */
export type Isolation = 'view' | 'processes' | 'none';

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
}

/**
 * Killing `unshare` kills the namespace's first process, and with it the kernel kills all others.
 * (`--fork` and a `/proc` of its own come with a PID namespace.)
 */
const UNSHARE = ['unshare', '--user', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];

/**
 * Mounts belong to whoever made them, so they are made in one user namespace and the agent runs in
 * another below it, where it can undo none of them, also when it is root there. It must leave the old
 * working folder, out of which `..` still leads to what is covered.
 */
const VIEW = `set -e
stage=$1 data=$2 temp=$3 cwd=$4 uid=$5 gid=$6
shift 6
mount -t tmpfs -o mode=755 slipway "$stage"
mkdir "$stage/data" "$stage/temp"
while [ "$1" != -- ]; do
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
exec unshare --user --map-user="$uid" --map-group="$gid" -- "$@"`;

/** What to put before a command to run it in namespaces of its own, as the user that we are. */
export function namespaceCommand(isolation: Isolation, view: AgentView): string[] {
  if (isolation === 'none') return [];
  if (isolation === 'processes') return [...UNSHARE, '--map-current-user', '--'];
  const kept = [
    ...view.writable.flatMap((path) => ['rw', path]),
    ...view.readable.flatMap((path) => ['ro', path]),
    ...view.runnable.flatMap((path) => ['rx', path]),
  ];
  const identity = [String(process.geteuid?.()), String(process.getegid?.())];
  const places = [view.stage, view.data, view.temp, view.cwd];
  return [
    ...[...UNSHARE, '--map-root-user', '--mount', '--'],
    ...['/bin/sh', '-c', VIEW, 'slipway-view', ...places, ...identity, ...kept, '--'],
  ];
}
