import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentInstaller, npmEnvironment } from '../../../src/providers/local/agents/agent-installer.js';
import { KNOWN_AGENTS } from '../../../src/providers/local/agents/known-agents.js';
import { until } from '../../support/until.js';
import { never } from './local-fixture.js';

const { package: name, version, program } = KNOWN_AGENTS['claude']!;
const PROGRAM = program.slice(`node_modules/${name}/`.length);

/** npm's registry, on loopback, with one package. */
class Registry {
  /** What it answers in place of the package's file. */
  status = 200;
  /** While it is, nobody is answered. */
  holds: Promise<void> | undefined;
  downloads = 0;
  private readonly server: Server;

  constructor(private readonly tarball: Buffer) {
    this.server = createServer((request, response) => {
      void (async () => {
        const isFile = request.url?.endsWith('.tgz') === true;
        if (isFile) this.downloads++;
        await this.holds;
        if (!isFile) {
          const dist = { tarball: `${this.url}/agent.tgz` };
          const manifest = {
            name,
            version,
            scripts: { postinstall: 'touch ran' },
            hasInstallScript: true,
            dist,
          };
          return response.end(
            JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: manifest } }),
          );
        }
        response.writeHead(this.status).end(this.status === 200 ? this.tarball : 'no');
      })();
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('an agent that is installed once a machine', () => {
  let dir: string;
  let agentsDir: string;
  let registry: Registry;
  let closed: AbortController;
  const folder = () => join(agentsDir, `claude-${version}`);
  const installer = (patienceMs = 60_000) =>
    new AgentInstaller({ agentsDir, patienceMs, closed: closed.signal });
  const left = () => readdirSync(agentsDir).filter((entry) => !entry.includes('lock'));

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'slipway-agents-'));
    agentsDir = join(dir, 'agents');
    closed = new AbortController();
    const packed = join(dir, 'package');
    mkdirSync(join(packed, PROGRAM, '..'), { recursive: true });
    writeFileSync(
      join(packed, 'package.json'),
      JSON.stringify({ name, version, scripts: { postinstall: 'touch ran' } }),
    );
    writeFileSync(join(packed, PROGRAM), 'console.log("an agent")\n');
    registry = new Registry(execFileSync('tar', ['-cz', '-C', dir, 'package']));
    await registry.start();
    process.env['npm_config_registry'] = registry.url;
    process.env['npm_config_cache'] = join(dir, 'cache');
    process.env['npm_config_fetch_retries'] = '0';
  });
  afterEach(() => {
    closed.abort();
    registry.stop();
    for (const name of ['registry', 'cache', 'fetch_retries']) delete process.env[`npm_config_${name}`];
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is installed once for all who want it at the same time, also from several services', async () => {
    const [one, other] = [installer(), installer()];
    const wanted = [one, one, other, other].map((each) => each.ensure('claude', never));
    expect(await Promise.all(wanted)).toEqual(Array(4).fill(folder()));
    expect(existsSync(join(folder(), program))).toBe(true);
    expect(registry.downloads).toBe(1);
    expect(await installer().ensure('claude', never)).toBe(folder());
    expect(registry.downloads).toBe(1);
  });

  it('runs none of its scripts', async () => {
    await installer().ensure('claude', never);
    expect(existsSync(join(folder(), 'node_modules', name, 'package.json'))).toBe(true);
    expect(existsSync(join(folder(), 'node_modules', name, 'ran'))).toBe(false);
  });

  it('that cannot be had says why in the words of npm, leaves nothing, and is tried again', async () => {
    registry.status = 404;
    await expect(installer().ensure('claude', never)).rejects.toMatchObject({
      code: 'agent_install_failed',
      retryable: true,
      message: expect.stringMatching(/^The agent "claude" could not be installed: npm ended with 1\..*404/),
    });
    expect(left()).toEqual([]);
    registry.status = 200;
    expect(await installer().ensure('claude', never)).toBe(folder());
  });

  it('goes on being installed when somebody gives up, and is there for the next', async () => {
    let release!: () => void;
    registry.holds = new Promise((resolve) => (release = resolve));
    const patient = installer();
    const impatient = patient.ensure('claude', AbortSignal.timeout(300));
    await expect(impatient).rejects.toMatchObject({ name: 'TimeoutError' });
    const slow = new AgentInstaller({ agentsDir, patienceMs: 10, closed: closed.signal });
    await expect(slow.ensure('claude', never)).rejects.toThrow(
      'It goes on, and the next attempt waits for it',
    );
    const waiting = patient.ensure('claude', never);
    release();
    expect(await waiting).toBe(folder());
    expect(registry.downloads).toBe(1);
  });

  it('is stopped with the service, and what is left of that is removed by the next one', async () => {
    registry.holds = new Promise(() => undefined);
    const stopped = installer().ensure('claude', never);
    await until('npm to be at it', 30_000, () => existsSync(agentsDir) && left().length === 1);
    closed.abort(new Error('over'));
    await expect(stopped).rejects.toThrow('over');
    await until('nothing to be left', 30_000, () => left().length === 0);
    // As a kill -9 leaves it.
    mkdirSync(`${folder()}.0badcafe.new`);
    registry.holds = undefined;
    closed = new AbortController();
    await installer().ensure('claude', never);
    expect(left()).toEqual([`claude-${version}`]);
  });

  it('of which a power cut left names only is installed anew', async () => {
    await installer().ensure('claude', never);
    truncateSync(join(folder(), program));
    await installer().ensure('claude', never);
    expect(statSync(join(folder(), program)).size).toBeGreaterThan(0);
  });

  it('is none of ours where we know no way', async () => {
    for (const agentType of ['mock', 'amp', 'constructor']) {
      expect(await installer().ensure(agentType, never)).toBeUndefined();
    }
  });

  it('gets of our environment what says where packages come from, and no key', () => {
    const env = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy',
      npm_config_registry: 'https://registry.example',
      'npm_config_//registry.example/:_authToken': 'token',
      npm_config_local_prefix: '/elsewhere',
      npm_config_ignore_scripts: '',
      ANTHROPIC_API_KEY: 'key',
      DATABASE_URL: 'postgres://',
    };
    expect(Object.keys(npmEnvironment(env)).sort()).toEqual([
      'HTTPS_PROXY',
      'PATH',
      'npm_config_//registry.example/:_authToken',
      'npm_config_registry',
    ]);
  });
});
