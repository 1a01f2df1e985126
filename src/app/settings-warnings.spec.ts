import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../platform/settings/settings.js';
import { settingsWarnings } from './settings-warnings.js';

const warningsOf = (env: Record<string, string>) => settingsWarnings(env, readSettings(env));

describe('a variable that has no effect', () => {
  it.each([
    ['SLIPWAY_LOCAL_REPO_ROOT', 'SLIPWAY_LOCAL_REPO_ROOTS'],
    ['SLIPWAY_PORT', 'PORT'],
    ['SLIPWAY_LOG_LEVEL', 'LOG_LEVEL'],
    ['SLIPWAY_EVENTSTORE_URL', 'EVENTSTORE_URL'],
    ['SLIPWAY_DATADIR', 'SLIPWAY_DATA_DIR'],
    ['SLIPWAY_PROVIDER', 'SLIPWAY_PROVIDERS'],
    ['SLIPWAY_STAGE_ENSURE_NAME_TIMEOUT', 'SLIPWAY_STAGE_ENSURE_NAME_TIMEOUT_MS'],
  ])('%s is named, with %s', async (wrong, right) => {
    expect(await warningsOf({ [wrong]: '1' })).toEqual([
      `${wrong} is no setting and has no effect: did you mean ${right}?`,
    ]);
  });

  it('that resembles none is named alone', async () => {
    expect(await warningsOf({ SLIPWAY_QUUX: '1' })).toEqual(['SLIPWAY_QUUX is no setting and has no effect']);
  });

  it('is none of those that the CLI and agents use, nor what is not ours', async () => {
    const env = {
      SLIPWAY_URL: 'http://127.0.0.1:3000',
      SLIPWAY_LOCAL_AGENT_ENV: 'SLIPWAY_TEST_KEY',
      SLIPWAY_TEST_KEY: 'x',
      PORTS: '1',
      HOME: '/',
    };
    expect(await warningsOf(env)).toEqual([]);
  });
});

it.each([
  [{ SLIPWAY_LOCAL_REPO_ROOTS: '/nonexistent/repos' }, /ROOTS: \/nonexistent\/repos does not exist/],
  [{ SLIPWAY_LOCAL_REPO_ROOTS: `/,${import.meta.filename}` }, /ROOTS: .*spec.ts is no directory/],
  [{ SLIPWAY_DEFAULT_AGENT: 'cluade' }, /^SLIPWAY_DEFAULT_AGENT: cluade .* did you mean claude\?/],
  [{ SLIPWAY_AGENTS: 'claude, codecs' }, /^SLIPWAY_AGENTS: codecs .* did you mean codex\?/],
  [{ SLIPWAY_LOCAL_AGENT_ENV: 'ANTHROPIC_API_KEY' }, /names ANTHROPIC_API_KEY, which is unset/],
])('%j is one warning', async (env, warning) => {
  expect(await warningsOf(env)).toEqual([expect.stringMatching(warning)]);
});

it('what only the local provider needs is no matter without it', async () => {
  const env = { SLIPWAY_PROVIDERS: 'simulated', SLIPWAY_LOCAL_REPO_ROOTS: '/nonexistent' };
  expect(await warningsOf(env)).toEqual([]);
});
