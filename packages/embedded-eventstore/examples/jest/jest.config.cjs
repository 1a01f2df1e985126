/** One node for the whole run: started before the first test file, stopped after the last. */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/*.test.cjs'],
  globalSetup: '<rootDir>/start-event-store.mjs',
  globalTeardown: '<rootDir>/stop-event-store.mjs',
};
