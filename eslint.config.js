import tseslint from 'typescript-eslint';

/** A listener that comes when the signal has fired waits for ever. */
const BARE_LISTENER = {
  selector:
    "CallExpression[callee.property.name='addEventListener'][arguments.0.value='abort'], CallExpression[callee.name='once'][arguments.1.value='abort'], CallExpression[callee.property.name=/^(once|on)$/][arguments.0.value='abort'], AssignmentExpression[left.property.name='onabort']",
  message:
    'A signal that has fired never fires again: use onAbort, aborted or firstOf of src/platform/aborts.ts.',
};

/** What a terminal shows goes through `output.ts` or the log, which leave nothing in it that the terminal obeys. */
const PRINTS = [
  "MemberExpression[object.name='console']",
  "MemberExpression[property.name=/^(stdout|stderr)$/][object.name='process']",
  'ImportDeclaration[source.value=/^(node:)?(process|console)$/]',
].map((selector) => ({
  selector,
  message:
    'The CLI prints through src/cli/output.ts, the service through its log: texts of others may hold what a terminal obeys.',
}));

const printsOnlyThroughOutput = {
  files: ['src/**/*.ts'],
  ignores: ['**/*.spec.ts', 'src/cli/output.ts', 'src/app/terminal.ts', 'src/main.ts'],
  // A later entry replaces the rule of an earlier one, so it names both.
  rules: { 'no-restricted-syntax': ['error', BARE_LISTENER, ...PRINTS] },
};

/**
 * Where an agent may have put a pipe, a device or a link in a file's place, opening it can wait for ever, never end or
 * lead elsewhere: plain-files.ts is the one file that opens any.
 */
const OPENS = ['default', 'open', 'readFile', 'writeFile', 'appendFile', 'copyFile', 'cp', 'truncate'];
const PLAIN_FILES_ONLY = ['node:fs/promises', 'node:fs', 'fs/promises', 'fs'].map((name) => ({
  name,
  importNames: [
    ...OPENS,
    ...OPENS.map((each) => `${each}Sync`),
    ...['promises', 'createReadStream', 'createWriteStream'],
  ],
  message: 'Open files through plain-files.ts: an agent may have put anything in their place.',
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.slipway/**', 'packages/client/src/api.gen.ts'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', BARE_LISTENER],
      'no-console': 'off',
    },
  },
  // CommonJS has no other way to import.
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['src/**/*.ts', 'packages/*/src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  printsOnlyThroughOutput,
  { files: ['packages/client/src/abort.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/platform/aborts.ts'], rules: { 'no-restricted-syntax': ['error', ...PRINTS] } },
  {
    files: ['src/providers/{local,docker}/**/*.ts', 'src/repository/**/*.ts'],
    // The last opens nothing but files of /proc.
    ignores: ['**/*.spec.ts', '**/agent-token.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: PLAIN_FILES_ONLY }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'src/platform/process-signal.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'kill', message: 'Signals are sent by process-signal.ts alone.' },
      ],
    },
  },
  {
    // They are the program of another process, which has no module of ours.
    files: ['src/providers/local/mock-agent/mock-*.ts'],
    ignores: ['**/*.spec.ts', '**/mock-agent.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-restricted-properties': 'off' },
  },
);
