import type { EventStoreDBClient } from '@eventstore/db-client';
import { Channel, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Socket } from 'node:net';

type ConnectorOf = ChannelCredentials['_createSecureConnector'];

/** grpc waits up to two minutes between two attempts to connect; a store that is back is to be found at once. */
const BACK_OFF: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/**
 * Sees to it that what one client does is nothing to another. grpc keeps one connection to an address for all channels of a
 * process, whoever made them, with its back-off; and an attempt to connect that gets no answer has no time limit. So a new
 * client in place of a silent one waited for the very attempt that the old one was stuck in. Here each channel has a
 * connection of its own, and all of a client's connections can be ended.
 */
export class DedicatedConnection {
  private readonly sockets = new Set<Socket>();
  private credentials?: OwnCredentials;
  private channel?: Channel;

  /** To be called before the client is used. */
  constructor(client: EventStoreDBClient) {
    const create = client['createChannel'];
    client['createChannel'] = async () => {
      const shared = await create();
      const { credentials, options } = shared['internalChannel'];
      this.credentials ??= new OwnCredentials(credentials, (socket) => this.keep(socket));
      // The one before, if any, the client has closed.
      this.channel = new Channel(shared.getTarget(), this.credentials, { ...options, ...BACK_OFF });
      shared.close();
      return this.channel;
    };
  }

  /** Ends every connection at once, those that are still being made too: whatever waits on them fails now. */
  end(): void {
    this.channel?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }
}

/** Another's credentials, but equal to no other's: connections are shared among equals. */
class OwnCredentials extends ChannelCredentials {
  constructor(
    private readonly credentials: ChannelCredentials,
    private readonly onSocket: (socket: Socket) => void,
  ) {
    super();
  }

  override _isSecure(): boolean {
    return this.credentials._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(...args: Parameters<ConnectorOf>): ReturnType<ConnectorOf> {
    const connector = this.credentials._createSecureConnector(...args);
    return {
      connect: (socket) => {
        this.onSocket(socket);
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}
