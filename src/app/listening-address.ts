import { createServer } from 'node:net';
import { StartError } from './start-error.js';

/** Whether the address can be listened on, found out before anything is started. Throws StartError where it cannot. */
export async function assertCanListen(port: number, host: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(asStartError(error, port, host)));
    server.listen({ port, host, exclusive: true }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

/** What to do about an address that cannot be listened on; any other error as it is. */
export function asStartError(error: unknown, port: number, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const message = complaintAbout(code, port, host);
  return message === undefined ? error : new StartError(`${message} (${code}).`, { cause: error });
}

function complaintAbout(code: string | undefined, port: number, host: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use by another program: stop that one, or set PORT to another port (0: any free one)`;
    case 'EACCES':
    case 'EPERM':
      return `Port ${port} may not be opened by this user: set PORT to one from 1024 on`;
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST ${host} is no address of this machine: leave it unset (127.0.0.1), or set it to one`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST ${host} is no name that this machine knows: leave it unset (127.0.0.1), or set it to an address`;
    default:
      return undefined;
  }
}
