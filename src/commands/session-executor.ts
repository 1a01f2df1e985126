import { Inject, Injectable } from '@nestjs/common';
import type { SessionEvent } from '../events/session/session-events.js';
import type { Session } from '../events/session/session-state.js';
import { SessionStreams } from '../store/session-streams.js';
import { decideSession } from './decide-session.js';
import { Executor } from './executor.js';
import type { SessionCommand } from './session-commands.js';

/** Carries out commands for sessions. */
@Injectable()
export class SessionExecutor extends Executor<Session, SessionEvent, SessionCommand> {
  constructor(@Inject(SessionStreams) streams: SessionStreams) {
    super(streams, decideSession);
  }
}
