export { SlipwayClient } from './slipway-client.js';
export type { ClientOptions, CreateOptions } from './api-calls.js';
export { SlipwayError, type ClientCode, type ErrorCode, type SubscriptionCode } from './slipway-error.js';
export type { CallOptions } from './rest.js';
export {
  LiveConnection,
  type FollowOptions,
  type Following,
  type LinkStatus,
} from './live/live-connection.js';
export type { Follower, LogFollower, SessionFollower } from './live/subscriptions.js';
export {
  logTopic,
  sessionTopic,
  taskTopic,
  workspaceTopic,
  type LogTopic,
  type SessionTopic,
  type Topic,
} from './live/topic.js';
export type { LiveUpdate, LogUpdate, SessionUpdate, WatchOptions } from './live/watch.js';
export { PortConnection, type PortHandlers } from './port-connection.js';
export { Terminal, type TerminalEnd, type TerminalHandlers, type TerminalSize } from './terminal.js';
export { isAfter } from './position.js';
export type { WebSocketClass, WebSocketLike } from './web-socket.js';
export type * from './types.js';
