import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { post, type PostOptions } from './post.js';

describe('posting a message', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const asked: { url: string; headers: IncomingMessage['headers']; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        asked.push({ url: request.url!, headers: request.headers, body });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const port = () => (server.address() as AddressInfo).port;
  const send = (host: string, options: Partial<PostOptions> = {}) =>
    post(
      new URL(`http://${host}:${port()}/in?a=b`),
      '{"größe":1}',
      { 'webhook-id': 'one' },
      {
        allowPrivateHosts: ['127.0.0.1'],
        signal: new AbortController().signal,
        ...options,
      },
    );
  const answering = (status: number, headers: Record<string, string> = {}, body = '') =>
    (answer = (_, response) => response.writeHead(status, headers).end(body));

  it('hands body and headers over and answers the status', async () => {
    answering(204);
    expect(await send('127.0.0.1')).toBe(204);
    expect(asked.at(-1)).toMatchObject({
      url: '/in?a=b',
      body: '{"größe":1}',
      headers: { 'webhook-id': 'one', host: `127.0.0.1:${port()}` },
    });
  });

  it('connects to the address that was checked, under the name of the host', async () => {
    answering(200);
    const resolve = async () => ['127.0.0.1'];
    expect(await send('hooks.example.com', { resolve })).toBe(200);
    expect(asked.at(-1)!.headers.host).toBe(`hooks.example.com:${port()}`);
  });

  it('follows no redirect', async () => {
    answering(302, { location: `http://127.0.0.1:${port()}/elsewhere` });
    const before = asked.length;
    expect(await send('127.0.0.1')).toBe(302);
    expect(asked.length).toBe(before + 1);
  });

  it.each([
    ['a private address', ['10.0.0.7'], ['127.0.0.1']],
    ['a public and a private one', ['8.8.8.8', '127.0.0.1'], false],
    ['no address', [], true],
    ['the address of instance metadata', ['169.254.169.254'], true],
  ] as const)('connects to nobody where the name resolves to %s', async (_, addresses, allowPrivateHosts) => {
    const before = asked.length;
    const sent = send('hooks.example.com', { resolve: async () => addresses, allowPrivateHosts });
    await expect(sent).rejects.toThrow('private address');
    expect(asked.length).toBe(before);
  });

  it('speaks to no public host in the clear', async () => {
    const sent = send('hooks.example.com', { resolve: async () => ['8.8.8.8'], allowPrivateHosts: true });
    await expect(sent).rejects.toThrow('https alone');
  });

  it('reads of an answer no more than a little, and ends with the signal where there is none', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const more = () => response.writable && response.write(Buffer.alloc(16_384), more);
      more();
    };
    expect(await send('127.0.0.1')).toBe(200);
    const stop = new AbortController();
    answer = () => stop.abort(new Error('long enough'));
    await expect(send('127.0.0.1', { signal: stop.signal })).rejects.toThrow('long enough');
  });

  it('says of who cannot be reached no more than that', async () => {
    answer = (request) => request.socket.destroy();
    await expect(send('127.0.0.1')).rejects.toThrow(/could not be reached \(ECONNRESET\)/);
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    await expect(send('hooks.example.com', { resolve })).rejects.toThrow('ENOTFOUND');
  });
});
