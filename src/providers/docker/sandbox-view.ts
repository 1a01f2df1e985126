import { basename, join, relative } from 'node:path';
import type { SandboxFiles } from '../local/sandbox-files.js';

/*
 * Where things lie for a sandbox's programs. The checkout names the mirror that it borrows from by a relative path, which must
 * lead to the mirror inside as well as outside: four folders up from `.git/objects` and then down `mirrors`.
 */
export const TASK = '/slipway/task';
export const AGENTS = '/slipway/agents';
export const DOOR = '/slipway/door';
export const EGRESS = '/slipway/egress';
/** The program that connects the door to a port. */
export const PORT_PROGRAM = '/slipway/to-port';
export const MIRRORS = '/mirrors';

/** The sockets in the folders of the same names. */
export const DOOR_SOCKET = 'agent.sock';
export const PORTS_SOCKET = 'ports.sock';
export const EGRESS_SOCKET = 'egress.sock';

/** Of the image; see docker/sandbox. */
export const NODE = '/usr/local/bin/node';

/** A path of a sandbox's own folder, as its programs see it. */
export function seenInTask(path: string, { root }: Pick<SandboxFiles, 'root'>): string {
  return join(TASK, relative(root, path));
}

/** Where the mirror's objects are seen. */
export function seenObjects(mirror: string): string {
  return join(MIRRORS, basename(mirror), 'objects');
}
