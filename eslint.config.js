import tseslint from 'typescript-eslint';

/** Imports go one way: events ← commands ← sagas; providers and projections know events only; the CLI may see all. */
const mayNotImport = (files, folders, { paths = [], ignores = [] } = {}) => ({
  files,
  ignores: ['**/*.spec.ts', ...ignores],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths,
        patterns: folders.map((folder) => ({
          group: [`**/${folder}/**`],
          message: 'Imports go one way; see ARCHITECTURE.md.',
        })),
      },
    ],
  },
});

/** A listener that comes when the signal has fired waits for ever. */
const BARE_LISTENER = {
  selector:
    "CallExpression[callee.property.name='addEventListener'][arguments.0.value='abort'], CallExpression[callee.name='once'][arguments.1.value='abort'], CallExpression[callee.property.name=/^(once|on)$/][arguments.0.value='abort'], AssignmentExpression[left.property.name='onabort']",
  message: 'A signal that has fired never fires again: use onAbort, aborted or firstOf of src/aborts.ts.',
};

/** What a terminal shows goes through `output.ts` or the log, which leave nothing in it that the terminal obeys. */
const PRINTS = [
  "MemberExpression[object.name='console']",
  "MemberExpression[property.name=/^(stdout|stderr)$/][object.name='process']",
  'ImportDeclaration[source.value=/^(node:)?(process|console)$/]',
].map((selector) => ({
  selector,
  message:
    'The CLI prints through src/replay/output.ts, the service through its log: texts of others may hold what a terminal obeys.',
}));

const printsOnlyThroughOutput = {
  files: ['src/**/*.ts'],
  ignores: [
    '**/*.spec.ts',
    'src/replay/output.ts',
    'src/app/terminal.ts',
    'src/main.ts',
    '**/mock-agent-program.ts',
  ],
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
  { ignores: ['**/dist/**', '**/node_modules/**', '.slipway/**', 'web/src/api.gen.ts'] },
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
  {
    files: ['src/**/*.ts', 'embedded/*/src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  printsOnlyThroughOutput,
  { files: ['src/aborts.ts'], rules: { 'no-restricted-syntax': ['error', ...PRINTS] } },
  mayNotImport(['src/events/**/*.ts'], ['commands', 'sagas', 'projections', 'providers', 'replay']),
  mayNotImport(['src/commands/**/*.ts'], ['sagas', 'projections', 'replay']),
  mayNotImport(['src/sagas/**/*.ts'], ['projections', 'replay']),
  mayNotImport(['src/projections/**/*.ts'], ['commands', 'sagas', 'providers', 'replay']),
  mayNotImport(['src/providers/**/*.ts'], ['commands', 'sagas', 'projections', 'replay']),
  mayNotImport(['src/providers/local/**/*.ts'], ['commands', 'sagas', 'projections', 'replay'], {
    paths: PLAIN_FILES_ONLY,
    // The last two open nothing but files of /proc.
    ignores: ['**/plain-files.ts', '**/process-signal.ts', '**/agent-token.ts'],
  }),
  {
    files: ['src/providers/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/process-signal.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'kill', message: 'Signals are sent by process-signal.ts alone.' },
      ],
    },
  },
  mayNotImport(
    ['embedded/**/*.ts'],
    ['src/commands', 'src/events', 'src/sagas', 'src/projections', 'src/providers'],
  ),
);
