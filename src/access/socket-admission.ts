import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { Settings } from '../platform/settings/settings.js';
import { SETTINGS } from '../platform/tokens.js';
import { Access } from './access.js';
import { FrameRate } from './frame-rate.js';
import type { Caller } from './permissions.js';
import { RefusalRecord } from './refusal-record.js';

const HEARTBEAT_MS = 15_000;
const DOORKEEPER_MS = 2_000;

/** Why a socket is not let in, or put out: a stable word for programs. */
export type PutOutCode = 'not_authenticated' | 'too_many_sockets' | 'restarting';

/** What is told why it may not be, or no longer. */
export interface PutOut {
  /** @param message what is wrong, for people: plain ASCII, at most 123 bytes */
  putOut(code: PutOutCode, message: string): void;
}

/** A socket that is let in as long as its client is. */
export interface AdmittedSocket extends PutOut {
  /** Ends the connection of a peer that has not answered the ping before; pings all others. */
  checkLife(): void;
}

/** What one client has open in this process: a token or a log-in, where nobody is asked who they are a socket. */
export interface SocketClient {
  /** Different from that of every other one. */
  readonly key: string;
  readonly frames: FrameRate;
  sockets: number;
  topics: number;
}

/** Who was let in. */
export interface Admitted {
  readonly caller: Caller;
  readonly client: SocketClient;
}

/**
 * Lets WebSockets in, of whichever gateway, and puts them out: when their token or log-in has ended, when they are gone
 * without a word, and when the service stops.
 */
@Injectable()
export class SocketAdmission implements BeforeApplicationShutdown {
  private readonly admitted = new Map<AdmittedSocket, Caller>();
  private readonly clients = new Map<string, SocketClient>();
  private strangers = 0;
  private draining = false;
  private readonly heartbeat = setInterval(() => {
    for (const socket of this.admitted.keys()) socket.checkLife();
  }, HEARTBEAT_MS).unref();
  private readonly doorkeeper = setInterval(() => {
    for (const [socket, caller] of this.admitted)
      if (!this.access.isLetIn(caller))
        socket.putOut(
          'not_authenticated',
          caller.loginId === undefined ? 'the token has ended' : 'the log-in has ended',
        );
  }, DOORKEEPER_MS).unref();

  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(RefusalRecord) private readonly refusals: RefusalRecord,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Lets a socket in, or puts it out and answers null.
   * @param connection whose end is the socket's @param path that it asked for
   */
  admit(
    socket: AdmittedSocket,
    connection: WebSocket,
    caller: Caller | undefined,
    path: string,
  ): Admitted | null {
    if (caller === undefined) return putOut(socket, 'not_authenticated', 'it is not known who asks');
    if (this.draining) return putOut(socket, 'restarting', 'the service restarts: reconnect');
    const client = this.clientOf(caller);
    const { sockets: most } = this.settings.clients;
    if (isKnown(caller) && most > 0 && client.sockets >= most) {
      this.noteTooMany(caller, path);
      return putOut(socket, 'too_many_sockets', `one client has at most ${most} sockets here: close one`);
    }
    client.sockets++;
    this.clients.set(client.key, client);
    this.admitted.set(socket, caller);
    connection.once('close', () => {
      this.admitted.delete(socket);
      if (--client.sockets === 0) this.clients.delete(client.key);
    });
    return { caller, client };
  }

  /** Tells every client to reconnect, to another replica or to the next start of this one, and takes no new ones. */
  beforeApplicationShutdown(): void {
    this.draining = true;
    clearInterval(this.heartbeat);
    clearInterval(this.doorkeeper);
    for (const socket of this.admitted.keys())
      putOut(socket, 'restarting', 'the service restarts: reconnect');
  }

  private clientOf(caller: Caller): SocketClient {
    const key = caller.tokenId ?? caller.loginId ?? `socket ${this.strangers++}`;
    const frames = () => new FrameRate(this.settings.clients.framesPerS);
    return this.clients.get(key) ?? { key, frames: frames(), sockets: 0, topics: 0 };
  }

  private noteTooMany({ actor, tokenId, address, workspaceId }: Caller, path: string): void {
    const refusal = { code: 'too_many_sockets', method: 'GET', path, actor, tokenId, address, workspaceId };
    this.refusals.note(refusal, { isLogged: false });
  }
}

/** Whether it is known who somebody is; all others are told apart by their sockets. */
export const isKnown = ({ tokenId, loginId }: Caller): boolean =>
  tokenId !== undefined || loginId !== undefined;

function putOut(socket: PutOut, code: PutOutCode, message: string): null {
  socket.putOut(code, message);
  return null;
}
