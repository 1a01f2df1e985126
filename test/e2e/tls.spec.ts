import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type PeerCertificate } from 'node:tls';
import WebSocket from 'ws';
import { Authority, type Certificate } from '../support/certificates.js';
import { CookieJar, logIn } from '../support/cookie-jar.js';
import { LoginProvider } from '../support/login-provider.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const NAMES = 'DNS:localhost,IP:127.0.0.1';
const NEW_TASK = JSON.stringify({ task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' });

describe('a service that speaks TLS itself', () => {
  let authority: Authority;
  let first: Certificate;
  let provider: LoginProvider;
  let service: ServiceProcess;
  let jane: CookieJar;
  const port = () => Number(new URL(service.url).port);

  beforeAll(async () => {
    authority = new Authority();
    first = authority.certify(NAMES);
    provider = await LoginProvider.start({ jane: { name: 'Jane', groups: ['devs'] } });
    service = await ServiceProcess.start({
      ...provider.settings,
      SLIPWAY_OIDC_ROLE_MAP: 'devs=member@acme',
      SLIPWAY_TLS_CERT: first.cert,
      SLIPWAY_TLS_KEY: first.key,
    });
    provider.admit(service.url);
    jane = new CookieJar(authority.pem);
  });
  afterAll(async () => {
    await service?.dispose();
    await provider?.goAway();
    authority?.remove();
  });

  const own = () => ({ origin: service.url, 'sec-fetch-site': 'same-origin' });
  const me = (jar: CookieJar, headers: Record<string, string> = {}) =>
    jar.visit(`${service.url}/v1/me`, { headers });

  it('keeps a log-in in a cookie of this very host, for TLS alone', async () => {
    expect(service.url).toMatch(/^https:/);
    const back = await logIn(jane, service.url, 'jane', { stop: (url) => url === `${service.url}/` });
    const kept = back.setCookies.find((text) => text.startsWith('__Host-slipway='));
    expect(kept).toMatch(/^__Host-slipway=login_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    expect(back.headers['strict-transport-security']).toContain('max-age');
    expect((await me(jane)).status).toBe(200);
    // Under the name that anybody can plant it is nothing.
    const value = jane.of(service.url).get('__Host-slipway')!;
    const planted = await me(new CookieJar(authority.pem), { cookie: `slipway=${value}` });
    expect(planted.status).toBe(401);
  });

  it('takes writes and sockets from its own page over TLS, not from the same host without', async () => {
    const create = (headers: Record<string, string>) =>
      jane.visit(`${service.url}/v1/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: NEW_TASK,
      });
    expect((await create(own())).status).toBe(201);
    expect((await create({ origin: service.url.replace('https', 'http') })).status).toBe(403);
    const upgraded = await new Promise((resolve, reject) => {
      const socket = new WebSocket(`${service.url.replace(/^http/, 'ws')}/v1/live`, {
        ca: authority.pem,
        headers: { ...own(), cookie: jane.header(service.url) },
      });
      socket.on('open', () => (socket.terminate(), resolve('open')));
      socket.on('error', reject);
    });
    expect(upgraded).toBe('open');
  });

  it('answers nobody without TLS, and nothing older than 1.2', async () => {
    const plain = await new Promise((resolve) => {
      const call = request({ host: '127.0.0.1', port: port(), path: '/health/live' }, () =>
        resolve('answered'),
      );
      call.on('error', () => resolve('refused'));
      call.end();
    });
    expect(plain).toBe('refused');
    const old = await new Promise((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port: port(),
        ca: authority.pem,
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.on('secureConnect', () => (socket.destroy(), resolve('taken')));
      socket.on('error', () => resolve('refused'));
    });
    expect(old).toBe('refused');
  });

  it('is found by the command line, which believes the authority that it is told to', async () => {
    const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
    const env = { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_TOKEN: made.stdout.trim() };
    const told = await runCli(['tasks', 'list', '--workspace', 'acme'], {
      ...env,
      NODE_EXTRA_CA_CERTS: authority.ca,
    });
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('fix it') });
    const untold = await runCli(['tasks', 'list', '--workspace', 'acme'], env);
    expect(untold.code).not.toBe(0);
    expect(untold.stderr).toMatch(/NODE_EXTRA_CA_CERTS/);
  });

  const shown = (): Promise<PeerCertificate> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: port(), ca: authority.pem }, () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      });
      socket.on('error', reject);
    });

  it('uses a new certificate without a restart, at once on SIGHUP; a wrong one changes nothing', async () => {
    const before = (await shown()).fingerprint256;
    const renew = ({ cert, key }: Certificate) => (
      copyFileSync(key, first.key),
      copyFileSync(cert, first.cert)
    );
    renew(authority.certify(NAMES));
    process.kill(service.pid, 'SIGHUP');
    await until('the new certificate', 4_000, async () => (await shown()).fingerprint256 !== before);
    const second = (await shown()).fingerprint256;
    expect((await me(jane)).status).toBe(200);

    writeFileSync(first.cert, 'nonsense');
    process.kill(service.pid, 'SIGHUP');
    await until('the log to say so', 4_000, () => service.log.includes('the certificate stays as it is'));
    expect((await shown()).fingerprint256).toBe(second);
    renew(authority.certify(NAMES));
    await until('the files to be noticed', 15_000, async () => (await shown()).fingerprint256 !== second);
    expect(service.isOver).toBe(false);
  });

  it.each([
    [
      'no file',
      () => ({ SLIPWAY_TLS_CERT: '/nowhere/cert.pem', SLIPWAY_TLS_KEY: first.key }),
      /SLIPWAY_TLS_CERT \/nowhere\/cert\.pem cannot be read \(ENOENT\)/,
    ],
    [
      'what is no certificate',
      () => ({ SLIPWAY_TLS_CERT: first.key, SLIPWAY_TLS_KEY: first.key }),
      /do not go together .*both in PEM/,
    ],
    [
      "another one's key",
      () => ({ SLIPWAY_TLS_CERT: first.cert, SLIPWAY_TLS_KEY: authority.certify(NAMES).key }),
      /do not go together .*key values mismatch/,
    ],
    [
      'one of the two',
      () => ({ SLIPWAY_TLS_CERT: first.cert }),
      /SLIPWAY_TLS_CERT and SLIPWAY_TLS_KEY go together/,
    ],
  ])('does not start with %s, and says what to do', async (_, env, message) => {
    const other = await ServiceProcess.unstarted();
    try {
      const { code, output } = await other.startAndExit(env() as Record<string, string>);
      expect(code).toBe(1);
      expect(output).toMatch(message);
      expect(output).not.toContain('    at ');
    } finally {
      await other.dispose();
    }
  });
});
