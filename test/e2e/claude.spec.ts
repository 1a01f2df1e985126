import { describeRealAgent } from '../support/real-agent.js';

describeRealAgent({
  agentType: 'claude',
  env: (modelUrl) => ({ ANTHROPIC_API_KEY: 'dummy-key', ANTHROPIC_BASE_URL: modelUrl }),
  afterRefusal: 'goes_on',
  textOfNoFile: null,
  otherModel: { id: 'haiku', asks: /haiku/ },
  modeThatEdits: 'acceptEdits',
});
