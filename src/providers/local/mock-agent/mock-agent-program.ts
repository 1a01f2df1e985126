import type { MockSession, MockTurn, MockWork } from './mock-parts.js';

/**
 * The mock agent: ACP, that is JSON-RPC 2.0 with one message a line, on stdin and stdout. It needs no key and
 * no network, and really looks at the checkout, or changes it, before it answers.
 *
 * `mock-agent.ts` writes the text of this function to a file of its own and another node runs it there,
 * so it must use nothing from outside of itself and its parameters.
 */
export async function mockAgentProgram(look: MockWork, directives: MockWork): Promise<void> {
  const { randomUUID } = await import('node:crypto');
  const { mkdir, readFile, rename, writeFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');

  type Params = Record<string, unknown>;
  type Message = { id?: number | string; method?: string; params?: Params; result?: unknown; error?: object };
  const MODES = [
    { id: 'ask', name: 'Ask', description: 'Asks before it changes something' },
    { id: 'auto', name: 'Auto', description: 'Asks nothing' },
  ];
  const MODELS = ['mock-small', 'mock-large'];
  /** Beside the program: another process of it finds there what session/load needs. */
  const store = join(dirname(process.argv[1]!), 'slipway-mock-sessions');
  const sessions = new Map<string, MockSession>();
  const turns = new Map<string, { over: AbortController; done: Promise<unknown> }>();
  const asked = new Map<number, (reply: Message) => void>();
  let lastRequest = -1;

  const send = (message: object) =>
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const fault = (code: number, message: string) => Object.assign(new Error(message), { code });
  const textUpdate = (sessionUpdate: string, text: string) => ({
    sessionUpdate,
    content: { type: 'text', text },
  });

  const fileOf = (sessionId: string) => {
    if (!/^[0-9a-f-]{36}$/.test(sessionId)) throw fault(-32002, `There is no session ${sessionId}.`);
    return join(store, `${sessionId}.json`);
  };
  const save = async (session: MockSession) => {
    const file = fileOf(session.sessionId);
    // Only in a home that is there: one that was moved away is not made anew.
    await mkdir(store).catch(() => undefined);
    try {
      await writeFile(`${file}.new`, JSON.stringify(session));
      await rename(`${file}.new`, file);
    } catch {
      // The session goes on; another process cannot take it up.
    }
  };
  const sessionOf = (params: Params): MockSession => {
    const session = sessions.get(String(params['sessionId']));
    if (session) return session;
    throw fault(-32602, `There is no session ${String(params['sessionId'])}.`);
  };
  const offer = (session: MockSession) => ({
    modes: { currentModeId: session.modeId, availableModes: MODES },
    configOptions: configOptions(session),
  });
  const configOptions = ({ model }: MockSession) => [
    {
      ...{ id: 'model', name: 'Model', category: 'model', type: 'select', currentValue: model },
      options: MODELS.map((value) => ({ value, name: value.replace('mock-', 'Mock ') })),
    },
  ];

  const turnOf = (session: MockSession, over: AbortController): MockTurn => {
    const { signal } = over;
    const said = { role: 'agent' as const, text: '' };
    session.history.push(said);
    const update = (change: object) => {
      if (signal.aborted && !('toolCallId' in change)) return;
      send({ method: 'session/update', params: { sessionId: session.sessionId, update: change } });
    };
    const orOver = <T>(work: (settle: (value: T) => void) => () => void): Promise<T> =>
      new Promise((resolve, reject) => {
        const stop = () => (end(), reject(signal.reason as Error));
        const end = work((value) => (signal.removeEventListener('abort', stop), resolve(value)));
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop);
      });
    return {
      session,
      signal,
      update,
      say(text) {
        said.text += text;
        update(textUpdate('agent_message_chunk', text));
      },
      sleep: (ms) =>
        orOver<void>((settle) => {
          const timer = setTimeout(settle, ms);
          return () => clearTimeout(timer);
        }),
      request: (method, params) =>
        orOver<Message>((settle) => {
          const id = ++lastRequest;
          asked.set(id, settle);
          send({ id, method, params });
          return () => asked.delete(id);
        }),
      cancel() {
        over.abort(new Error('cancelled'));
        throw signal.reason;
      },
      fail(code, message) {
        throw fault(code, message);
      },
      async exit(code) {
        await save(session);
        return process.exit(code);
      },
    };
  };

  const answer = async (
    session: MockSession,
    blocks: { type?: string; text?: string }[],
    over: AbortController,
  ) => {
    const text = blocks
      .map((block) => (block.type === 'text' ? (block.text ?? '') : `[${block.type}]`))
      .join('\n');
    session.history.push({ role: 'user', text });
    await save(session);
    try {
      over.signal.throwIfAborted();
      await (/^![a-z]/m.test(text) ? directives : look)(text, turnOf(session, over));
      over.signal.throwIfAborted();
    } catch (error) {
      if (over.signal.aborted) return { stopReason: 'cancelled' };
      throw error;
    } finally {
      await save(session);
    }
    return { stopReason: 'end_turn' };
  };

  /** One prompt at a time: others wait for it, and are cancelled with it. */
  const prompt = (params: Params): Promise<object> => {
    const session = sessionOf(params);
    const before = turns.get(session.sessionId);
    const over = before && !before.over.signal.aborted ? before.over : new AbortController();
    const blocks = (Array.isArray(params['prompt']) ? params['prompt'] : []) as { type?: string }[];
    const done = Promise.resolve(before?.done).then(() => answer(session, blocks, over));
    const turn = { over, done: done.catch(() => undefined) };
    turns.set(session.sessionId, turn);
    void turn.done.then(() => turns.get(session.sessionId) === turn && turns.delete(session.sessionId));
    return done;
  };

  const load = async (params: Params): Promise<object> => {
    const sessionId = String(params['sessionId']);
    const text = await readFile(fileOf(sessionId), 'utf8').catch(() => {
      throw fault(-32002, `There is no session ${sessionId}.`);
    });
    const session = { ...(JSON.parse(text) as MockSession), cwd: String(params['cwd']) };
    sessions.set(sessionId, session);
    for (const { role, text: words } of session.history) {
      const update = textUpdate(role === 'user' ? 'user_message_chunk' : 'agent_message_chunk', words);
      send({ method: 'session/update', params: { sessionId, update } });
    }
    return offer(session);
  };

  const set = async (params: Params, key: 'modeId' | 'model', value: unknown, known: string[]) => {
    const session = sessionOf(params);
    if (!known.includes(String(value))) throw fault(-32602, `There is no ${key} "${String(value)}".`);
    session[key] = String(value);
    await save(session);
    return session;
  };

  const handle = async ({ method, params = {} }: Message): Promise<object> => {
    switch (method) {
      case 'initialize':
        return {
          protocolVersion: 1,
          agentInfo: { name: 'slipway-mock-agent', version: '2.0.0' },
          agentCapabilities: { loadSession: true, promptCapabilities: {} },
          authMethods: [],
        };
      case 'authenticate':
        return {};
      case 'session/new': {
        const [modeId, model] = ['ask', 'mock-small'];
        const session = {
          sessionId: randomUUID(),
          cwd: String(params['cwd']),
          modeId,
          model,
          allowed: [],
          history: [],
        };
        sessions.set(session.sessionId, session);
        await save(session);
        return { sessionId: session.sessionId, ...offer(session) };
      }
      case 'session/load':
        return load(params);
      case 'session/set_mode':
        await set(
          params,
          'modeId',
          params['modeId'],
          MODES.map(({ id }) => id),
        );
        return {};
      case 'session/set_config_option':
        if (params['configId'] !== 'model') throw fault(-32602, 'There is no such option.');
        return { configOptions: configOptions(await set(params, 'model', params['value'], MODELS)) };
      case 'session/prompt':
        return prompt(params);
      case 'session/cancel':
        turns.get(String(params['sessionId']))?.over.abort(new Error('cancelled'));
        return {};
      default:
        throw fault(-32601, `The mock agent does not know "${method}".`);
    }
  };

  const receive = (line: string): void => {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      send({ id: null, error: { code: -32700, message: 'This line is not JSON.' } });
      return;
    }
    if (message.method === undefined) {
      const settle = asked.get(Number(message.id));
      asked.delete(Number(message.id));
      return settle?.(message);
    }
    handle(message).then(
      (result) => message.id !== undefined && send({ id: message.id, result }),
      (error: Error & { code?: unknown }) => {
        const code = typeof error.code === 'number' ? error.code : -32603;
        if (message.id !== undefined) send({ id: message.id, error: { code, message: error.message } });
      },
    );
  };

  // Not by readline, which splits at U+2028 and U+2029 too: JSON may hold them as they are.
  let rest = '';
  process.stdin
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(receive);
    })
    .on('end', () => process.exit(0));
}
