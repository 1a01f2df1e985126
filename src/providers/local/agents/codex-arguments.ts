const OPENAI = 'https://api.openai.com/v1';
const KEYS = ['OPENAI_API_KEY', 'CODEX_API_KEY'];

/**
 * What codex is told in place of a configuration file: to ask before it does anything that is not known to be harmless, and
 * where its model is. Its own sandbox would need rights that a sandbox of ours does not give; a question is the guard.
 * @param env what it is given of our environment: with a key there it needs no login
 */
export function codexArguments(env: Readonly<Record<string, string>>): string[] {
  const settings: Record<string, string> = {
    approval_policy: 'untrusted',
    sandbox_mode: 'danger-full-access',
  };
  const key = KEYS.find((name) => env[name]);
  if (key !== undefined) {
    Object.assign(settings, {
      model_provider: 'slipway',
      'model_providers.slipway.name': 'OpenAI',
      'model_providers.slipway.base_url': env['OPENAI_BASE_URL'] || OPENAI,
      'model_providers.slipway.env_key': key,
      'model_providers.slipway.wire_api': 'responses',
    });
  }
  // A text in JSON is one in TOML as well.
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${JSON.stringify(value)}`]);
}
