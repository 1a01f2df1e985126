import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { connect, type Server, Socket } from 'node:net';
import { stepInto } from './plain-files.js';

/** Names a file without opening it: nothing waits, and nothing is read. */
const O_PATH = 0o10000000;

/**
 * Connects to a unix socket in a folder that others can write to: to that very socket, never to what a link in its place leads
 * to. Paths may be longer than a socket's address. What is wrong comes as the socket's error.
 */
export function connectPlain(folder: string, name: string): Socket {
  let fd: number | undefined;
  try {
    const found = (fd = openSync(`${folder}/${name}`, O_PATH | constants.O_NOFOLLOW));
    if (!fstatSync(found).isSocket()) throw new Error(`${name} is no socket`);
    const socket = connect(`/proc/self/fd/${found}`);
    const close = () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    };
    return socket.once('connect', close).once('close', close);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    const none = new Socket();
    // Not before whoever asked can listen for it.
    setImmediate(() => none.destroy(error as Error));
    return none;
  }
}

/** Has a server listen on a unix socket in a folder of ours, whatever the length of its path. */
export async function listenIn(server: Server, folder: string, name: string): Promise<void> {
  // Held as long as it listens: the socket's name, by which it is removed at the end, goes through it.
  const fd = stepInto(folder, [], false);
  server.once('close', () => closeSync(fd));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`/proc/self/fd/${fd}/${name}`, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
