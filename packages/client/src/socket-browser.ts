import type { WebSocketClass } from './web-socket.js';

/** The platform's WebSocket. */
export const findWebSocket = (): Promise<WebSocketClass> => Promise.resolve(WebSocket);
