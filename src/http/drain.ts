import type { Server } from 'node:http';

/** How often idle connections are looked for, in milliseconds. */
const LOOK_MS = 100;

/**
 * Stops listening and lets the requests that are running end: each connection is closed after the answer on it. One
 * whose request has not ended after the limit (in milliseconds) is cut off. WebSockets are not touched.
 */
export function drain(server: Server, limitMs: number): void {
  server.prependListener('request', (_, response) => response.setHeader('Connection', 'close'));
  server.close();
  const looking = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  server.once('close', () => {
    clearInterval(looking);
    clearTimeout(limit);
  });
}
