import { SlipwayError } from './slipway-error.js';
import type { WebSocketClass } from './web-socket.js';

/** Node's own WebSocket (from 22 on), else the one of `ws`. Rejects with `no_websocket` where there is neither. */
export async function findWebSocket(): Promise<WebSocketClass> {
  const { WebSocket: own } = globalThis as { WebSocket?: WebSocketClass };
  if (own !== undefined) return own;
  try {
    return (await import('ws')).WebSocket;
  } catch (cause) {
    throw new SlipwayError({
      code: 'no_websocket',
      detail:
        'This version of Node has no WebSocket. Install the package "ws", or give its WebSocket to SlipwayClient.',
      cause,
    });
  }
}
