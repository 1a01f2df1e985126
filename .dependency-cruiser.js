/**
 * Which room of `src` may import which others; `main.ts` starts `app`. ARCHITECTURE.md has the same table, and
 * `test/house/rooms.spec.ts` compares the two.
 */
export const ROOMS = {
  platform: [],
  events: ['platform'],
  store: ['events', 'platform'],
  access: ['store', 'events', 'platform'],
  repository: ['events', 'platform'],
  providers: ['repository', 'events', 'platform'],
  commands: ['access', 'providers', 'repository', 'store', 'events', 'platform'],
  sagas: ['commands', 'access', 'providers', 'repository', 'store', 'events', 'platform'],
  projections: ['access', 'store', 'events', 'platform'],
  webhooks: ['projections', 'access', 'repository', 'store', 'events', 'platform'],
  http: [
    'webhooks',
    'projections',
    'sagas',
    'commands',
    'access',
    'providers',
    'repository',
    'store',
    'events',
    'platform',
  ],
  app: [
    'http',
    'webhooks',
    'projections',
    'sagas',
    'commands',
    'access',
    'providers',
    'repository',
    'store',
    'events',
    'platform',
  ],
  cli: [
    'app',
    'projections',
    'sagas',
    'commands',
    'access',
    'providers',
    'repository',
    'store',
    'events',
    'platform',
  ],
};

const any = (names) => `(${names.join('|')})`;
const SPEC = '\\.spec\\.ts$';

/** Decisions and folds: what they get is all they know, so that a replay decides as the first time. */
const PURE = '^src/(events/|access/(permissions|limits)\\.ts$|commands/decide[^/]*\\.ts$|sagas/react\\.ts$)';
const IMPURE_BUILT_IN = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'net',
  'tls',
];

const rooms = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `src/${room} may import ${allowed.join(', ') || 'no other room'}: see ROOMS in .dependency-cruiser.js.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: SPEC },
  to: { path: '^src/', pathNot: `^src/${any([room, ...allowed])}/` },
}));

export default {
  forbidden: [
    ...rooms,
    {
      name: 'known-rooms',
      comment: 'Every folder of src is a room that ROOMS names; main.ts alone lies beside them.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(main\\.ts$|${any(Object.keys(ROOMS))}/)` },
      to: {},
    },
    {
      name: 'main-starts-app',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: '^src/app/' },
    },
    {
      name: 'no-circle',
      comment: 'What two files want of each other belongs into a third one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'packages-know-no-task',
      comment: 'A package stands by itself: it imports neither src nor another package by its path.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/(src|bin)/' },
      to: { path: '^(src|test|web|packages/[^/]+)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'packages-are-named',
      comment: 'src imports packages by their names, which are what they export.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^packages/', dependencyTypesNot: ['npm', 'aliased-workspace'], pathNot: '/dist/' },
    },
    {
      name: 'no-test-in-production',
      severity: 'error',
      from: { path: '^(src|packages/[^/]+/(src|bin)|web/src)/', pathNot: SPEC },
      to: {
        path: `^test/|^packages/[^/]+/test/|${SPEC}|(^|/)node_modules/(@jest|jest|fast-check|supertest|@nestjs/testing)/`,
      },
    },
    {
      name: 'one-event-store-client',
      comment:
        'The client is the store room’s business; the others use the port in src/store/event-store.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/store/', SPEC] },
      to: { path: '(^|/)node_modules/@eventstore/db-client/' },
    },
    {
      name: 'pure-middle',
      comment: 'Deciders, folds and react have no I/O and no framework.',
      severity: 'error',
      from: { path: PURE, pathNot: SPEC },
      to: {
        path: `^(node:)?${any(IMPURE_BUILT_IN)}(/|$)|(^|/)node_modules/(@nestjs|rxjs|pg|typeorm|pino|express|ws)/`,
      },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      // Packages of ours resolve when they are built; vitest is installed by who follows its example.
      to: { couldNotResolve: true, pathNot: '^(@slipway/|vitest$)' },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    exclude: { path: '^(dist|packages/[^/]+/dist|web/dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
