/**
 * The whole mock agent: ACP, that is JSON-RPC 2.0 with one message a line, on stdin and stdout. It needs
 * no key and no network, and really looks at the checkout before it answers.
 *
 * `mock-agent.ts` writes the text of this function to a file of its own and another node runs it there,
 * so it must use nothing from outside of itself.
 */
export async function mockAgentProgram(): Promise<void> {
  const { randomUUID } = await import('node:crypto');
  const { lstat, open, readFile, readdir } = await import('node:fs/promises');
  const { join } = await import('node:path');

  type Message = { id?: number | string; method?: string; params?: Record<string, unknown> };
  const MOST_FILES = 100_000;
  const PAUSE_MS = 15;
  const sessions = new Map<string, { cwd: string; cancelled: boolean }>();

  const send = (message: object) =>
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const say = (sessionId: string, text: string) =>
    send({
      method: 'session/update',
      params: {
        sessionId,
        update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
      },
    });
  const fault = (code: number, message: string) => Object.assign(new Error(message), { code });

  /** From `.git/HEAD` alone: a checkout is not to be trusted with running git. */
  const branchOf = async (cwd: string): Promise<string> => {
    const head = await readFile(join(cwd, '.git', 'HEAD'), 'utf8').catch(() => '');
    return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? (head.slice(0, 12) || 'none');
  };

  const countFiles = async (cwd: string): Promise<string> => {
    let files = 0;
    const folders = [cwd];
    for (let folder = folders.pop(); folder !== undefined && files < MOST_FILES; folder = folders.pop()) {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        if (entry.isDirectory() && entry.name !== '.git') folders.push(join(folder, entry.name));
        else if (!entry.isDirectory()) files++;
      }
    }
    return files >= MOST_FILES ? `more than ${MOST_FILES} files` : `${files} file${files === 1 ? '' : 's'}`;
  };

  /** Only of a regular file: a link may point anywhere on this machine. */
  const readmeOf = async (cwd: string): Promise<string> => {
    const names = await readdir(cwd).catch(() => []);
    const name = names.sort().find((entry) => /^readme(\.|$)/i.test(entry));
    if (name === undefined || !(await lstat(join(cwd, name))).isFile()) return 'There is no README.';
    const file = await open(join(cwd, name));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      const line = lines.map((text) => text.trim()).find((text) => text !== '');
      return line === undefined ? `${name} is empty.` : `${name} begins with "${line.slice(0, 200)}".`;
    } finally {
      await file.close();
    }
  };

  const answer = async (params: Record<string, unknown>): Promise<object> => {
    const sessionId = String(params['sessionId']);
    const session = sessions.get(sessionId);
    if (!session) throw fault(-32602, `There is no session ${sessionId}.`);
    session.cancelled = false;
    const blocks = (Array.isArray(params['prompt']) ? params['prompt'] : []) as {
      type?: string;
      text?: string;
    }[];
    const asked = blocks
      .map((block) => (block.type === 'text' ? (block.text ?? '') : `[${block.type}]`))
      .join(' ');
    const short = asked.length > 300 ? `${asked.slice(0, 300)}…` : asked;
    const parts: (() => Promise<string>)[] = [
      async () => `You asked: ${short}\n`,
      async () => `I am on branch ${await branchOf(session.cwd)} and see ${await countFiles(session.cwd)}.\n`,
      async () => `${await readmeOf(session.cwd)}\n`,
      async () => 'I am a mock agent: I look, I answer, and I change nothing.',
    ];
    for (const part of parts) {
      const text = await part();
      if (session.cancelled) return { stopReason: 'cancelled' };
      say(sessionId, text);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return { stopReason: 'end_turn' };
  };

  const handle = async ({ method, params = {} }: Message): Promise<object> => {
    switch (method) {
      case 'initialize':
        return {
          protocolVersion: 1,
          agentInfo: { name: 'slipway-mock-agent', version: '1.0.0' },
          agentCapabilities: { loadSession: false, promptCapabilities: {} },
          authMethods: [],
        };
      case 'authenticate':
        return {};
      case 'session/new': {
        const sessionId = randomUUID();
        sessions.set(sessionId, { cwd: String(params['cwd']), cancelled: false });
        return { sessionId };
      }
      case 'session/prompt':
        return answer(params);
      case 'session/cancel': {
        const session = sessions.get(String(params['sessionId']));
        if (session) session.cancelled = true;
        return {};
      }
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
    if (message.method === undefined) return;
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
