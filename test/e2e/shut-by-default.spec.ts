import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { request, type OutgoingHttpHeaders } from 'node:http';
import WebSocket from 'ws';
import { ServiceProcess } from '../support/service-process.js';

interface Raw {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const NEW_TASK = JSON.stringify({ task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' });
const JSON_TYPE = { 'content-type': 'application/json' };
const SOME_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

describe('the door', () => {
  let service: ServiceProcess;
  let port: string;
  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_HOSTS: 'forwarded.example',
      SLIPWAY_CORS_ORIGINS: 'https://tools.example',
    });
    port = new URL(service.url).port;
  });
  afterAll(() => service.dispose());

  /** A request as it is given, whatever a well-behaved client would make of it. */
  const send = (
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body?: string,
  ): Promise<Raw> =>
    new Promise((resolve, reject) => {
      // A connection each: one that is kept may be closed by the service just when it is used again.
      const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  const create = (headers: OutgoingHttpHeaders, body = NEW_TASK) => send('POST', '/v1/tasks', headers, body);
  const upgrade = (headers: Record<string, string | undefined>): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`, {
        headers: { ...headers } as Record<string, string>,
      });
      socket.on('open', () => (socket.terminate(), resolve(101)));
      socket.on(
        'unexpected-response',
        (_, response) => (response.resume(), resolve(response.statusCode ?? 0)),
      );
      socket.on('error', reject);
    });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/jsonx',
  ])('reads no body of type %s', async (type) => {
    const { status, text } = await create({ 'content-type': type });
    expect(status).toBe(415);
    expect(JSON.parse(text)).toMatchObject({ code: 'unsupported_media_type' });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000', 'a b'])(
    'answers 421 to the host %j, also for reads and sockets',
    async (host) => {
      expect((await send('GET', '/v1/tasks', { host })).status).toBe(421);
      expect((await create({ ...JSON_TYPE, host, origin: `http://${host}` })).status).toBe(421);
      if (host.includes('.')) expect(await upgrade({ host, origin: `http://${host}` })).toBe(421);
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:8080',
    '[::1]:3000',
    '127.0.0.1',
    'forwarded.example',
    'forwarded.example:8443',
  ])('is open to the host %s', async (host) => {
    expect((await send('GET', '/v1/tasks', { host })).status).toBe(200);
    expect(
      (await create({ ...JSON_TYPE, host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }))
        .status,
    ).toBe(201);
    expect(await upgrade({ host, origin: `http://${host}` })).toBe(101);
  });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('lets no page of another site write: %j', async (headers) => {
    for (const command of ['kill', 'archive', 'retry', 'sessions']) {
      expect((await send('POST', `/v1/tasks/${SOME_ID}/${command}`, headers)).status).toBe(403);
    }
    expect((await create({ ...JSON_TYPE, ...headers })).status).toBe(403);
    expect(await upgrade(headers)).toBe(403);
  });

  it('lets the pages of origins that are named use the API, and tells no other that they may', async () => {
    const named = { origin: 'https://tools.example', 'sec-fetch-site': 'cross-site' };
    expect((await create({ ...JSON_TYPE, ...named })).status).toBe(201);
    const allows = async (origin: string) =>
      (await fetch(`${service.url}/v1/tasks`, { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await allows('https://tools.example')).toBe('https://tools.example');
    expect(await allows('https://evil.example')).toBeNull();
  });

  it('takes the longest prompt however it is escaped, and names the limit to a longer body', async () => {
    const escaped = (length: number) =>
      `{"task":"${'\\u8239'.repeat(length)}","repoRemote":"https://git.example.com/acme/shop.git"}`;
    expect((await create(JSON_TYPE, escaped(100_000))).status).toBe(201);
    const { status, text } = await create(JSON_TYPE, escaped(200_000));
    expect(status).toBe(413);
    expect(JSON.parse(text)).toMatchObject({
      code: 'body_too_large',
      detail: expect.stringContaining('1048576'),
    });
  });

  it('reports at most 20 wrong fields, and looks at no body of too many keys or levels', async () => {
    const fields = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${n}`, n])));
    const many = JSON.parse((await create(JSON_TYPE, fields(500))).text) as {
      errors: unknown[];
      detail: string;
    };
    expect(many.errors).toHaveLength(20);
    expect(many.detail).toMatch(/and \d+ more$/);
    for (const body of ['null', '3', '"text"', '[]']) {
      const { status, text } = await create(JSON_TYPE, body);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({
        code: 'malformed_body',
        detail: 'The body must be one JSON object.',
      });
    }
    const nested = (depth: number) => `{"task":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    for (const body of [fields(40_000), nested(40), nested(100_000)]) {
      const { status, text } = await create(JSON_TYPE, body);
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(1_000);
      expect(JSON.parse(text)).toMatchObject({ code: 'malformed_body' });
    }
  });

  /** Every route of the API document. */
  const documented = async () => {
    type Operation = { parameters?: { name: string; in: string }[] };
    const { body } = await service.get<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json');
    return Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => ({ path, method, parameters })),
    );
  };

  it('refuses a query that a route does not have, whichever it is', async () => {
    const routes = (await documented()).filter(({ path }) => path.startsWith('/v1/'));
    for (const { path, method } of routes) {
      const target = path.replaceAll(/\{[^}]+\}/g, SOME_ID);
      const { status, text } = await send(method.toUpperCase(), `${target}?no-such-field=1`, {});
      expect([method, path, status, text]).toEqual([
        method,
        path,
        400,
        expect.stringContaining('no-such-field'),
      ]);
    }
  });

  it('answers whatever is sent to any route of the document with no 5xx, and with a problem if it is an error', async () => {
    const routes = await documented();
    expect(routes.length).toBeGreaterThan(10);
    const nasty = fc.oneof(
      fc.constantFrom(
        '\0',
        'a\0b',
        '%',
        '%zz',
        '%ff',
        '%ED%A0%80',
        '%00',
        '__proto__',
        '1e9',
        '-1',
        '9'.repeat(400),
        '',
        "'",
      ),
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    );
    const asQuery = nasty.map((text) => (/^%|^$/.test(text) ? text : encodeURIComponent(text)));
    const json = fc.oneof(
      fc.constantFrom(
        '',
        'null',
        '[]',
        '"x"',
        '{',
        '{"__proto__":{"task":"x"}}',
        '{"constructor":1}',
        '{"task":"\\u0000"}',
        '{"task":"\\ud800"}',
        '{"task":["x"],"repoRemote":{}}',
        '{"workspaceId":"\\u0000","prompt":"\\udc00"}',
        '{"\\u0000":1}',
        `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      ),
      fc.json(),
    );
    const input = fc.record({
      id: asQuery,
      values: fc.array(asQuery, { minLength: 1, maxLength: 6 }),
      twice: fc.boolean(),
      body: json,
      type: fc.constantFrom('application/json', 'application/json; charset=utf-16', 'text/plain', 'x', ''),
      key: fc.constantFrom(undefined, 'k', ' ', 'x'.repeat(300)),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ id, values, twice, body, type, key }) => {
        for (const { path, method, parameters } of routes) {
          const pairs = parameters
            .filter((parameter) => parameter.in === 'query' && parameter.name !== 'minPosition')
            .map(({ name }, n) => `${name}=${values[n % values.length]}`);
          const query = [...pairs, ...(twice ? pairs : [])].join('&');
          const target = path.replace(/\{[^}]+\}/, SOME_ID).replace(/\{[^}]+\}/, id || 'x');
          const hasBody = method !== 'get';
          const headers = {
            ...(hasBody && type !== '' && { 'content-type': type }),
            ...(hasBody && { 'content-length': Buffer.byteLength(body) }),
            ...(key !== undefined && { 'idempotency-key': key }),
          };
          const answer = await send(
            method.toUpperCase(),
            `${target}?${query}`,
            headers,
            hasBody ? body : undefined,
          );
          const told = `${method} ${target}?${query} ${body.slice(0, 80)} → ${answer.status} ${answer.text.slice(0, 300)}`;
          if (answer.status >= 500 && path !== '/health/ready') throw new Error(told);
          if (answer.status >= 400 && !answer.type.startsWith('application/problem+json'))
            throw new Error(told);
        }
      }),
      { numRuns: 40 },
    );
  });
});
