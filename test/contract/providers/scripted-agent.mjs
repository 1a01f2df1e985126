/** An ACP agent for tests. The prompt's text is the program of its answer: a JSON list of [word, value] steps. */
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const update = (text) => ({
  method: 'session/update',
  params: {
    sessionId: 's',
    update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
  },
});
const steps = {
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  say: (text) => send(update(text)),
  /** So many updates as fast as they can be written. */
  flood: (count) => {
    for (let i = 1; i <= count; i++) send(update(`${i} `));
  },
  huge: (length) => send(update('x'.repeat(length))),
  ask: (title) =>
    send({ id: 0, method: 'session/request_permission', params: { toolCall: { title }, options: [] } }),
  exit: (code) => process.exit(code),
};

async function answer(id, program) {
  for (const [word, value] of program) {
    if (word === 'refuseNow') return send({ id, error: { code: -32603, message: `at ${Date.now()}` } });
    if (word === 'refuse') return send({ id, error: value });
    if (word === 'end') return send({ id, result: { stopReason: 'end_turn' } });
    await steps[word](value);
  }
}

function receive({ id, method, params }) {
  if (method === 'initialize') send({ id, result: { protocolVersion: 1 } });
  else if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  else if (method === 'session/prompt') void answer(id, JSON.parse(params.prompt[0].text));
  else if (method !== undefined && id !== undefined)
    send({ id, error: { code: -32601, message: 'unknown' } });
}

let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) receive(JSON.parse(line));
});
