import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import type { Settings } from '../platform/settings/settings.js';
import type { Access } from './access.js';
import type { Caller } from './permissions.js';
import type { RefusalRecord } from './refusal-record.js';
import { SocketAdmission } from './socket-admission.js';

const caller = (tokenId?: string): Caller => ({
  actor: tokenId === undefined ? 'api' : `token:${tokenId}`,
  role: 'member',
  workspaceId: 'acme',
  ...(tokenId !== undefined && { tokenId }),
});

function set(most: number) {
  const note = jest.fn();
  let ended: string | null = null;
  const admission = new SocketAdmission(
    { isLetIn: ({ tokenId }: Caller) => tokenId === undefined || tokenId !== ended } as unknown as Access,
    { note } as unknown as RefusalRecord,
    { clients: { sockets: most, topics: 0, framesPerS: 10 } } as Settings,
  );
  const connect = (who: Caller | undefined) => {
    const connection = new EventEmitter();
    const socket = { checkLife: jest.fn(), putOut: jest.fn() };
    const admitted = admission.admit(socket, connection as WebSocket, who, '/v1/live');
    return { socket, admitted, end: () => connection.emit('close') };
  };
  return { admission, note, connect, end: (tokenId: string) => (ended = tokenId) };
}

describe('who has a socket', () => {
  afterEach(() => void jest.useRealTimers());

  it('has no more of them than one client may, and another one as soon as one is closed', () => {
    const { connect, note } = set(2);
    const [first] = [connect(caller('a')), connect(caller('a'))];
    const third = connect(caller('a'));
    expect(third.admitted).toBeNull();
    expect(third.socket.putOut).toHaveBeenCalledWith(
      'too_many_sockets',
      expect.stringContaining('at most 2'),
    );
    expect(note).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'too_many_sockets', actor: 'token:a', tokenId: 'a', path: '/v1/live' }),
      { isLogged: false },
    );
    expect(connect(caller('b')).admitted).not.toBeNull();
    first!.end();
    expect(connect(caller('a')).admitted?.client.sockets).toBe(2);
  });

  it('shares what a client may with its other sockets, and with nobody where it is not known who asks', () => {
    const { connect } = set(1);
    expect(connect(caller()).admitted?.client).not.toBe(connect(caller()).admitted?.client);
    const { connect: connectMany } = set(0);
    expect(connectMany(caller('a')).admitted?.client).toBe(connectMany(caller('a')).admitted?.client);
  });

  it('is put out when their token has ended, and when the service stops', () => {
    jest.useFakeTimers();
    const { admission, connect, end } = set(0);
    const [a, b, gone] = [connect(caller('a')), connect(caller('b')), connect(caller('a'))];
    gone.end();
    end('a');
    jest.advanceTimersByTime(2_000);
    expect(a.socket.putOut).toHaveBeenCalledWith('not_authenticated', 'the token has ended');
    expect(b.socket.putOut).not.toHaveBeenCalled();
    expect(gone.socket.putOut).not.toHaveBeenCalled();
    admission.beforeApplicationShutdown();
    expect(b.socket.putOut).toHaveBeenCalledWith('restarting', expect.stringContaining('reconnect'));
    expect(connect(caller('c')).socket.putOut).toHaveBeenCalledWith('restarting', expect.anything());
    expect(connect(undefined).socket.putOut).toHaveBeenCalledWith('not_authenticated', expect.anything());
  });
});
