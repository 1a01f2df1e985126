import { codecOf } from '../codec.js';
import { SESSION_EVENT_SCHEMAS, type SessionEvent } from './session-events.js';

/** Between a session's events and what is stored of them. */
export const sessionCodec = codecOf<SessionEvent>(SESSION_EVENT_SCHEMAS);
