/** Three groups, fast first: `unit` (seconds), `system` (real processes and sockets), `browser` (real Chromium). */
const shared = {
  testEnvironment: '<rootDir>/test/support/patient-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // What unit tests reach of the packages is not built for them.
    '^@slipway/client$': '<rootDir>/packages/client/src/index.ts',
    '^@slipway/process-lock$': '<rootDir>/packages/process-lock/src/index.ts',
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.slipway'],
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/src/**/*.spec.ts',
        '<rootDir>/test/{simulation,histories,docs,house,web}/**/*.spec.ts',
        '<rootDir>/packages/*/src/**/*.spec.ts',
      ],
    },
    {
      ...shared,
      displayName: 'system',
      testMatch: [
        '<rootDir>/test/{contract,e2e,crash,faults,upgrades}/**/*.spec.ts',
        '<rootDir>/packages/*/test/**/*.spec.ts',
      ],
    },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.spec.ts'] },
  ],
  // Real processes share two cores; more workers only make them time out.
  maxWorkers: 2,
  // Modules of finished files stay in a worker, and its collector works ever harder: a new worker is twice as fast.
  workerIdleMemoryLimit: '700MB',
  testSequencer: '<rootDir>/test/support/fast-first-sequencer.mjs',
  testTimeout: 240_000,
};
