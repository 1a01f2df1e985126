import { describeRealAgent } from '../support/real-agent.js';

describeRealAgent({
  agentType: 'codex',
  env: (modelUrl) => ({ OPENAI_API_KEY: 'dummy-key', OPENAI_BASE_URL: `${modelUrl}/v1` }),
  afterRefusal: 'cancelled',
  textOfNoFile: null,
  otherModel: { id: 'gpt-5.4', asks: /^gpt-5\.4$/ },
});
