import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { SettingsError, readSettings, type Settings } from './settings.js';
import { STAGES } from '../../events/task/vocabulary.js';

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).message.split('\n');
  }
};

it('everything has a default', () => {
  expect(readSettings({})).toEqual({
    port: 3000,
    mostUncommittedBytes: 1_073_741_824,
    host: '127.0.0.1',
    hosts: [],
    corsOrigins: [],
    auth: 'none',
    trustProxy: [],
    tls: { cert: undefined, key: undefined },
    oidc: {
      issuer: undefined,
      clientId: undefined,
      clientSecret: undefined,
      clientAuth: 'basic',
      scopes: 'openid profile email',
      groupsClaim: 'groups',
      userClaim: 'sub',
      roleMap: [],
      name: 'single sign-on',
    },
    login: { idleS: 28_800, maxS: 86_400 },
    dataDir: resolve('.slipway'),
    secretKey: undefined,
    eventStoreUrl: undefined,
    databaseUrl: undefined,
    providers: ['local'],
    providerModules: [],
    roles: new Set(['api', 'saga', 'projector']),
    localRepoRoots: [],
    localAgentEnv: [],
    localUsers: true,
    localAgentsDir: undefined,
    allowPrivateHosts: false,
    git: { lowSpeedBytes: 1_000, lowSpeedS: 30, mostBytes: 20_480 * 1_048_576 },
    mirrors: { upkeepS: 3_600, expireDays: 30 },
    defaultAgent: 'mock',
    agents: ['mock'],
    providerConcurrency: 64,
    terminalIdleMs: 3_600_000,
    stages: {
      ensure_name: { timeoutMs: 30_000, attempts: 3 },
      create_sandbox: { timeoutMs: 180_000, attempts: 3 },
      run_setup: { timeoutMs: 600_000, attempts: 1 },
      ensure_agent: { timeoutMs: 180_000, attempts: 3 },
      create_session: { timeoutMs: 180_000, attempts: 3 },
      release_sandbox: { timeoutMs: 60_000, attempts: 10 },
      destroy_sandbox: { timeoutMs: 60_000, attempts: 10 },
    },
    backOff: { firstMs: 1_000, capMs: 30_000 },
    docker: {
      image: 'slipway-sandbox:latest',
      engine: undefined,
      limits: { memoryMib: 4_096, cpus: 2, pids: 1_024, fileMib: 20_480, tempMib: 1_024 },
      egress: {
        policy: 'allow-list',
        hosts: ['api.anthropic.com', 'api.openai.com', 'chatgpt.com', 'auth.openai.com', 'opencode.ai'],
      },
    },
    simulated: { latencyMs: 0, ledger: undefined, failures: undefined },
    actions: { timeoutMs: 300_000, attempts: 5, concurrency: 8 },
    pullRequestsEveryS: 300,
    webhooks: { deliver: true, timeoutMs: 10_000, giveUpMs: 86_400_000 },
    submodules: false,
    commitAuthor: { name: 'Slipway', email: 'slipway@localhost' },
    gitHosts: [],
    shutdownMs: 10_000,
    permissionDeadlineMs: 0,
    auditEveryS: 300,
    limits: {
      liveTasks: null,
      sessions: null,
      agentMinutesPerDay: null,
      createsPerMinute: null,
      promptsQueued: null,
      idleStopAfter: null,
      maxAge: null,
    },
    clients: { requestsPerS: 500, wrongPerMinute: 300, sockets: 200, topics: 2_000, framesPerS: 500 },
    live: { topicsOfSocket: 100, catchUps: 4 },
    otlpEndpoint: undefined,
    logLevel: 'info',
  });
});

it('an empty variable counts as unset, and what is not ours is none of our business', () => {
  const empty = {
    PORT: '',
    SLIPWAY_PROVIDERS: '  ',
    EVENTSTORE_URL: ' ',
    DATABASE_URL: '',
    PATH: '/bin',
    HOME: '',
  };
  expect(readSettings(empty)).toEqual(readSettings({}));
});

interface Case {
  readonly name: string;
  readonly good: readonly [text: string, value: unknown, of: (settings: Settings) => unknown];
  readonly bad: readonly string[];
}
const cases: readonly Case[] = [
  { name: 'PORT', good: ['0', 0, (s) => s.port], bad: ['-1', '65536', '80.5', 'http', '0x50'] },
  { name: 'HOST', good: ['::1', '::1', (s) => s.host], bad: ['h'.repeat(256)] },
  {
    name: 'SLIPWAY_DATA_DIR',
    good: ['data', resolve('data'), (s) => s.dataDir],
    bad: ['x'.repeat(4_097)],
  },
  {
    name: 'EVENTSTORE_URL',
    good: ['esdb://store:2113?tls=false', 'esdb://store:2113?tls=false', (s) => s.eventStoreUrl],
    bad: ['http://store:2113', 'store', 'esdb://'],
  },
  {
    name: 'DATABASE_URL',
    good: ['postgres://u:p@db:5432/slipway', 'postgres://u:p@db:5432/slipway', (s) => s.databaseUrl],
    bad: ['mysql://db', 'db:5432', 'postgres://'],
  },
  {
    name: 'SLIPWAY_PROVIDERS',
    good: [' simulated, local ,', ['simulated', 'local'], (s) => s.providers],
    bad: ['podman', ',', 'local,local'],
  },
  {
    name: 'SLIPWAY_PROVIDER_MODULES',
    good: ['own=/srv/own.mjs', [{ name: 'own', file: '/srv/own.mjs' }], (s) => s.providerModules],
    bad: [
      'own',
      'own=here.mjs',
      '/srv/own.mjs',
      'local=/srv/own.mjs',
      'simulated=/srv/own.mjs',
      'own=/srv/own.ts',
    ],
  },
  {
    name: 'SLIPWAY_ROLES',
    good: ['api, saga', new Set(['api', 'saga']), (s) => s.roles],
    bad: ['worker', ','],
  },
  {
    name: 'SLIPWAY_LOCAL_REPO_ROOTS',
    good: ['/srv/a/../git, /home/me', ['/srv/git', '/home/me'], (s) => s.localRepoRoots],
    bad: ['repos', '/srv,./here'],
  },
  {
    name: 'SLIPWAY_LOCAL_AGENT_ENV',
    good: ['A_KEY, B_KEY', ['A_KEY', 'B_KEY'], (s) => s.localAgentEnv],
    bad: ['A KEY', '1ST', 'A=b'],
  },
  {
    name: 'SLIPWAY_LOCAL_AGENTS_DIR',
    good: ['/srv/agents/../tools', '/srv/tools', (s) => s.localAgentsDir],
    bad: ['agents', './agents'],
  },
  {
    name: 'SLIPWAY_ALLOW_PRIVATE_HOSTS',
    good: ['Yes', true, (s) => s.allowPrivateHosts],
    bad: ['perhaps', '2'],
  },
  {
    name: 'SLIPWAY_ALLOW_PRIVATE_HOSTS',
    good: [
      'git.corp.example, 10.1.0.0/16,fd00::/8',
      ['git.corp.example', '10.1.0.0/16', 'fd00::/8'],
      (s) => s.allowPrivateHosts,
    ],
    bad: ['10.1.0.0/33', 'git.corp.example/8', 'git.corp.example,true'],
  },
  {
    name: 'SLIPWAY_DEFAULT_AGENT',
    good: ['claude', 'claude', (s) => s.defaultAgent],
    bad: ['Claude', 'an agent', '-x'],
  },
  {
    name: 'SLIPWAY_AGENTS',
    good: ['claude, codex', ['mock', 'claude', 'codex'], (s) => s.agents],
    bad: ['Claude', 'mock,an agent'],
  },
  {
    name: 'SLIPWAY_PROVIDER_CONCURRENCY',
    good: ['1', 1, (s) => s.providerConcurrency],
    bad: ['0', '10001', 'many'],
  },
  { name: 'SLIPWAY_TERMINAL_IDLE_S', good: ['5', 5_000, (s) => s.terminalIdleMs], bad: ['0', '1h'] },
  { name: 'SLIPWAY_BACKOFF_FIRST_MS', good: ['5', 5, (s) => s.backOff.firstMs], bad: ['0', '1s', '3600001'] },
  { name: 'SLIPWAY_BACKOFF_CAP_MS', good: ['5', 5, (s) => s.backOff.capMs], bad: ['0', '1s', '3600001'] },
  {
    name: 'SLIPWAY_SIMULATED_LATENCY_MS',
    good: ['20', 20, (s) => s.simulated.latencyMs],
    bad: ['-1', 'slow', '3600001'],
  },
  {
    name: 'SLIPWAY_SIMULATED_LEDGER',
    good: ['/tmp/l', '/tmp/l', (s) => s.simulated.ledger],
    bad: ['x'.repeat(4_097)],
  },
  {
    name: 'SLIPWAY_SIMULATED_FAILURES',
    good: ['create_sandbox=hang', 'create_sandbox=hang', (s) => s.simulated.failures],
    bad: ['x'.repeat(4_097)],
  },
  { name: 'SLIPWAY_SHUTDOWN_MS', good: ['100', 100, (s) => s.shutdownMs], bad: ['99', '600001', 'now'] },
  { name: 'SLIPWAY_AUDIT_EVERY_S', good: ['0', 0, (s) => s.auditEveryS], bad: ['-1', '86401', 'soon'] },
  {
    name: 'SLIPWAY_PERMISSION_DEADLINE_MS',
    good: ['0', 0, (s) => s.permissionDeadlineMs],
    bad: ['-1', '604800001', 'soon'],
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    good: ['http://127.0.0.1:4318', 'http://127.0.0.1:4318', (s) => s.otlpEndpoint],
    bad: ['127.0.0.1:4318', 'http://user:secret@collector', 'grpc://collector'],
  },
  { name: 'LOG_LEVEL', good: ['debug', 'debug', (s) => s.logLevel], bad: ['loud', 'INFO'] },
  ...STAGES.flatMap((stage): Case[] => [
    {
      name: `SLIPWAY_STAGE_${stage.toUpperCase()}_TIMEOUT_MS`,
      good: ['1', 1, (s) => s.stages[stage].timeoutMs],
      bad: ['0', '-5', '1.5', '1e3', 'x', '3600001'],
    },
    {
      name: `SLIPWAY_STAGE_${stage.toUpperCase()}_ATTEMPTS`,
      good: ['1000', 1_000, (s) => s.stages[stage].attempts],
      bad: ['0', '1001', 'often'],
    },
  ]),
];

describe.each(cases)('$name', ({ name, good: [text, value, of], bad }) => {
  it(`takes ${JSON.stringify(text)}`, () => expect(of(readSettings({ [name]: text }))).toEqual(value));

  it.each(bad)('refuses %j, naming itself', (wrong) => {
    const problems = problemsOf({ [name]: wrong });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

it('all that is wrong is said at once, a line each', () => {
  const problems = problemsOf({
    PORT: 'http',
    LOG_LEVEL: 'loud',
    SLIPWAY_STAGE_ENSURE_NAME_ATTEMPTS: '0',
    SLIPWAY_LOCAL_REPO_ROOTS: 'here',
  });
  for (const name of [
    'PORT',
    'LOG_LEVEL',
    'SLIPWAY_STAGE_ENSURE_NAME_ATTEMPTS',
    'SLIPWAY_LOCAL_REPO_ROOTS',
  ]) {
    expect(problems).toContainEqual(expect.stringMatching(new RegExp(`\\b${name}\\b`)));
  }
});

it('a provider of one’s own is taken where its module is named', () => {
  const env = { SLIPWAY_PROVIDERS: 'own,local', SLIPWAY_PROVIDER_MODULES: 'own=/srv/own.mjs' };
  expect(readSettings(env).providers).toEqual(['own', 'local']);
  expect(problemsOf({ ...env, SLIPWAY_PROVIDERS: 'other' })).toEqual([
    expect.stringMatching(/^SLIPWAY_PROVIDERS must be .*"other" is none$/),
  ]);
});

describe('a listener that others reach', () => {
  const open = { HOST: '0.0.0.0' };
  it.each([
    [open],
    [{ HOST: '::' }],
    [{ HOST: '192.0.2.7', SLIPWAY_AUTH: 'none' }],
    [{ ...open, SLIPWAY_HOSTS: 'a.example' }],
  ])('is refused while nothing asks who they are, and told what to set: %j', (env) => {
    expect(() => readSettings(env)).toThrow(/SLIPWAY_TRUST_PROXY.*SLIPWAY_HOSTS/);
  });

  it('is taken where everybody shows a token', () => {
    const env = { HOST: '0.0.0.0', SLIPWAY_AUTH: 'tokens' };
    expect(() => readSettings(env)).toThrow(/missing: SLIPWAY_HOSTS\)/);
    expect(readSettings({ ...env, SLIPWAY_HOSTS: 'slipway.example' }).auth).toBe('tokens');
  });

  it('is taken behind a proxy that authenticates', () => {
    const env = { ...open, SLIPWAY_TRUST_PROXY: '10.0.0.5, fd00::/8', SLIPWAY_HOSTS: 'Slipway.example' };
    expect(readSettings(env)).toMatchObject({
      trustProxy: ['10.0.0.5', 'fd00::/8'],
      hosts: ['slipway.example'],
    });
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0', ''])('takes %j for no proxy', (SLIPWAY_TRUST_PROXY) => {
    expect(() => readSettings({ ...open, SLIPWAY_HOSTS: 'a.example', SLIPWAY_TRUST_PROXY })).toThrow(
      'SLIPWAY_TRUST_PROXY',
    );
  });
});

describe('SLIPWAY_AUTH=oidc', () => {
  const whole = {
    SLIPWAY_AUTH: 'oidc',
    SLIPWAY_OIDC_ISSUER: 'https://login.example.com/realms/acme',
    SLIPWAY_OIDC_CLIENT_ID: 'slipway',
    SLIPWAY_OIDC_ROLE_MAP: 'devs=member@acme, ops=admin@*',
  };

  it('takes a provider, a client and what groups may do', () => {
    expect(readSettings(whole).oidc.roleMap).toEqual([
      { group: 'devs', role: 'member', workspaceId: 'acme' },
      { group: 'ops', role: 'admin', workspaceId: '*' },
    ]);
    for (const name of ['SLIPWAY_OIDC_ISSUER', 'SLIPWAY_OIDC_CLIENT_ID', 'SLIPWAY_OIDC_ROLE_MAP'])
      expect(problemsOf({ ...whole, [name]: '' })).toEqual([expect.stringContaining(`set ${name},`)]);
  });

  it('takes no provider that could be anybody on the way', () => {
    expect(problemsOf({ ...whole, SLIPWAY_OIDC_ISSUER: 'http://login.example.com' })).toEqual([
      expect.stringContaining('must begin with https://'),
    ]);
    expect(problemsOf({ ...whole, SLIPWAY_OIDC_ISSUER: 'http://127.0.0.1:4000' })).toEqual([]);
  });

  it('shows no secret in what it says', () => {
    const [problem] = problemsOf({ ...whole, SLIPWAY_OIDC_CLIENT_SECRET: 'geheimnis-\u00e4' });
    expect(problem).toContain('SLIPWAY_OIDC_CLIENT_SECRET');
    expect(problem).not.toContain('geheimnis');
  });

  it.each(['profile email', 'openid "x"', 'openidx'])('asks for openid: %s is none', (SLIPWAY_OIDC_SCOPES) =>
    expect(problemsOf({ ...whole, SLIPWAY_OIDC_SCOPES })).toHaveLength(1),
  );
});

it.each(['Jack Pope <jack@example.com>', 'C <c@example.com>', 'Zoë P. {x} <p@example.com>'])(
  'commits by %s',
  (author) =>
    expect(readSettings({ SLIPWAY_COMMIT_AUTHOR: author }).commitAuthor.email).toContain('@example.com'),
);
it('commits by nobody with a control character', () =>
  expect(problemsOf({ SLIPWAY_COMMIT_AUTHOR: 'Jane\u0001Doe <jane@example.com>' })).toHaveLength(1));

it('speaks TLS with a certificate and its key, not with one of the two', () => {
  const both = { SLIPWAY_TLS_CERT: 'cert.pem', SLIPWAY_TLS_KEY: '/etc/key.pem' };
  expect(readSettings(both).tls).toEqual({ cert: resolve('cert.pem'), key: '/etc/key.pem' });
  for (const [name, value] of Object.entries(both))
    expect(problemsOf({ [name]: value })).toEqual([expect.stringContaining('go together')]);
});
