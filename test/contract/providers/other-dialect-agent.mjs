/**
 * The mock agent (its command line is our arguments) in other words of ACP: it cannot load a session and can resume one, and
 * tells models as a list of their own, which a method of their own sets.
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const agent = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
/** By the id of a request, what it asked for. */
const asked = new Map();

const lines = (stream, take) => {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    const all = (rest + chunk).split('\n');
    rest = all.pop();
    for (const line of all) take(JSON.parse(line));
  });
};
const write = (stream, message) => stream.write(`${JSON.stringify(message)}\n`);

lines(process.stdin, (message) => {
  const { id, method, params } = message;
  if (id !== undefined && method !== undefined) asked.set(id, method);
  switch (method) {
    case 'session/load':
      return write(process.stdout, {
        jsonrpc: '2.0',
        id,
        error: { code: -32601, message: 'load is not known' },
      });
    case 'session/resume':
      return write(agent.stdin, { ...message, method: 'session/load' });
    case 'session/set_config_option':
      return write(process.stdout, {
        jsonrpc: '2.0',
        id,
        error: { code: -32601, message: 'no options here' },
      });
    case 'session/set_model':
      return write(agent.stdin, {
        ...message,
        method: 'session/set_config_option',
        params: { sessionId: params.sessionId, configId: 'model', value: params.modelId },
      });
    default:
      return write(agent.stdin, message);
  }
});

lines(agent.stdout, (message) => {
  // What was said before is not told again.
  if ([...asked.values()].includes('session/resume') && message.method === 'session/update') return;
  const method = asked.get(message.id);
  if (message.id !== undefined && message.method === undefined) asked.delete(message.id);
  const { result } = message;
  if (result === undefined) return write(process.stdout, message);
  if (method === 'initialize') {
    const agentCapabilities = { loadSession: false, sessionCapabilities: { resume: {} } };
    return write(process.stdout, { ...message, result: { ...result, agentCapabilities } });
  }
  if (method === 'session/set_model') return write(process.stdout, { ...message, result: {} });
  if (result.configOptions === undefined) return write(process.stdout, message);
  const { configOptions, ...other } = result;
  const [{ currentValue, options }] = configOptions;
  const models = {
    currentModelId: currentValue,
    availableModels: options.map(({ value, name }) => ({ modelId: value, name })),
  };
  return write(process.stdout, { ...message, result: { ...other, models } });
});

process.stdin.on('end', () => agent.stdin.end());
agent.on('exit', (code) => process.exit(code ?? 1));
