import { describeRealAgent } from '../support/real-agent.js';

describeRealAgent({
  agentType: 'opencode',
  env: (modelUrl) => ({
    ANTHROPIC_API_KEY: 'dummy-key',
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      model: 'anthropic/claude-sonnet-4-5',
      small_model: 'anthropic/claude-haiku-4-5',
      provider: { anthropic: { options: { baseURL: `${modelUrl}/v1` } } },
    }),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
  }),
  afterRefusal: 'end_turn',
  textOfNoFile: '',
  otherModel: { id: 'anthropic/claude-haiku-4-5', asks: /haiku/ },
});
