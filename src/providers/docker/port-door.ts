import type { Duplex } from 'node:stream';
import { ProviderError } from '../../events/provider-error.js';
import { orAborted } from '../../platform/aborts.js';
import { connectPlain } from '../../platform/plain-sockets.js';
import { PORTS_SOCKET } from './sandbox-view.js';

const [OPEN, CLOSED] = ['1', '0'];

/**
 * What runs in the sandbox for each connection to its ports: a line names the port, one character says whether something listens
 * there (0A in the kernel's table), and what follows passes both ways. It runs as the agent, in a network that is the sandbox's own
 * loopback and nothing else, so there is no port that it could reach and the agent could not.
 */
export const TO_PORT = `read -r port
case $port in '' | *[!0-9]*) exit 1 ;; esac
row="^ *[0-9]+: [0-9A-F]+:$(printf %04X "$port") [0-9A-F]+:0000 0A "
grep -qsE "$row" /proc/net/tcp /proc/net/tcp6 || { printf ${CLOSED}; exit 0; }
printf ${OPEN}
exec socat -t 30 - TCP4:127.0.0.1:"$port"
`;

/**
 * Connects to what listens on a port of the sandbox's loopback.
 * @param door the folder of its sockets, which the agent can write to @param port 1 to 65535
 * @throws ProviderError `port_closed`, and `agent_unreachable` where the sandbox has no way to its ports
 */
export async function openContainerPort(door: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const socket = connectPlain(door, PORTS_SOCKET);
  try {
    const answer = new Promise<string>((resolve, reject) => {
      const look = () => {
        const byte = socket.read(1) as Buffer | null;
        if (byte === null) return;
        socket.removeListener('readable', look);
        resolve(byte.toString('latin1'));
      };
      socket.on('readable', look).once('error', reject);
      socket.once('close', () => resolve(''));
    });
    socket.write(`${port}\n`);
    const said = await orAborted(answer, signal);
    if (said === OPEN) return socket;
    if (said === CLOSED)
      throw new ProviderError('port_closed', `Nothing listens on port ${port} in the sandbox.`);
    throw new Error('it did not answer');
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    if (error instanceof ProviderError) throw error;
    const reason = `The sandbox opens no way to its ports: ${(error as Error).message}`;
    throw new ProviderError('agent_unreachable', reason, { retryable: true, cause: error });
  }
}
