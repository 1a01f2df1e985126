import type { MockTurn } from './mock-parts.js';

/** Does what the lines that begin with `!` say, one after the other. Uses nothing from outside of itself. */
export async function mockDirectives(asked: string, turn: MockTurn): Promise<void> {
  const { spawn } = await import('node:child_process');
  const { randomUUID } = await import('node:crypto');
  const { mkdir, readFile, realpath, writeFile } = await import('node:fs/promises');
  const { dirname, join, sep } = await import('node:path');
  const FLOOD_PER_SECOND = 200;
  const FLOOD_EVERY_MS = 50;
  const MOST_OUTPUT = 64 << 10;
  const { session, signal } = turn;
  let plan: string[] = [];

  const showPlan = (statusOf: (index: number) => string) => {
    const entries = plan.map((content, i) => ({ content, priority: 'medium', status: statusOf(i) }));
    if (plan.length > 0) turn.update({ sessionUpdate: 'plan', entries });
  };

  /** The option that was chosen. An answer "cancelled" ends the turn. */
  const ask = async (toolCall: object): Promise<string> => {
    const options = [
      { optionId: 'allow', name: 'Allow once', kind: 'allow_once' },
      { optionId: 'always', name: 'Allow always', kind: 'allow_always' },
      { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
    ];
    const params = { sessionId: session.sessionId, toolCall, options };
    const { result } = await turn.request('session/request_permission', params);
    const { outcome } = (result ?? {}) as { outcome?: { outcome?: string; optionId?: string } };
    return outcome?.outcome === 'selected' ? String(outcome.optionId) : turn.cancel();
  };

  /** Shows the call, asks for leave where the mode says so, and does the work. */
  const callTool = async (
    call: { title: string; kind: string; content?: object[]; locations?: object[]; rawInput?: object },
    work: () => Promise<object>,
  ): Promise<void> => {
    const toolCallId = `call-${randomUUID()}`;
    const change = (more: object) => turn.update({ sessionUpdate: 'tool_call_update', toolCallId, ...more });
    turn.update({ sessionUpdate: 'tool_call', toolCallId, status: 'pending', ...call });
    try {
      if (session.modeId !== 'auto' && !session.allowed.includes(call.kind)) {
        const chosen = await ask({ toolCallId, ...call });
        if (chosen === 'always') session.allowed.push(call.kind);
        if (chosen !== 'allow' && chosen !== 'always') {
          change({ status: 'failed' });
          return turn.say(`I was not allowed to: ${call.title}\n`);
        }
      }
      change({ status: 'in_progress' });
      change(await work());
    } catch (error) {
      const text = signal.aborted ? 'cancelled' : (error as Error).message;
      change({ status: 'failed', content: [{ type: 'content', content: { type: 'text', text } }] });
      if (signal.aborted) throw error;
    }
  };

  /** Links may lead out of the checkout: what counts is where the folder really is. */
  const placeOf = async (path: string): Promise<string> => {
    const root = await realpath(session.cwd);
    const place = join(root, path);
    if (!place.startsWith(root + sep)) throw new Error(`${path} is not in the checkout`);
    await mkdir(dirname(place), { recursive: true });
    const folder = await realpath(dirname(place));
    if (folder !== root && !folder.startsWith(root + sep)) throw new Error(`${path} is not in the checkout`);
    return place;
  };

  const write = async (rest: string): Promise<void> => {
    const [path = '', ...words] = rest.split(' ');
    const newText = `${words.join(' ').replaceAll('\\n', '\n')}\n`;
    const oldText = await readFile(join(session.cwd, path), 'utf8').catch(() => null);
    const diff = { type: 'diff', path, oldText, newText };
    const call = { title: `Write ${path}`, kind: 'edit', content: [diff], locations: [{ path }] };
    await callTool(call, async () => {
      await writeFile(await placeOf(path), newText, { flag: 'w' });
      return { status: 'completed', content: [diff] };
    });
  };

  const run = (command: string): Promise<void> =>
    callTool({ title: command, kind: 'execute', rawInput: { command } }, async () => {
      const child = spawn('/bin/sh', ['-c', command], {
        cwd: session.cwd,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (data: string) => {
          text = (text + data).slice(0, MOST_OUTPUT);
        });
      }
      // Its whole group: a shell's children would go on without it.
      const kill = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
      signal.addEventListener('abort', kill);
      const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
      signal.removeEventListener('abort', kill);
      signal.throwIfAborted();
      const shown = `${text}${code === 0 ? '' : `\n[exit code ${String(code)}]`}`;
      const content = [{ type: 'content', content: { type: 'text', text: shown } }];
      return { status: code === 0 ? 'completed' : 'failed', content, rawOutput: { exitCode: code } };
    });

  /** At a pace that a fast model has, so that a reader which is away for some seconds misses nothing. */
  const flood = async (count: number, perSecond: number): Promise<void> => {
    const begun = Date.now();
    for (let i = 1; i <= count; i++) {
      turn.say(`<${i}>`);
      const ahead = (i / perSecond) * 1_000 - (Date.now() - begun);
      if (ahead > FLOOD_EVERY_MS || i % 100 === 0) await turn.sleep(Math.max(ahead, 0));
    }
  };

  /** The time in epoch milliseconds, once each tick: for whoever measures how long a piece is on its way. */
  const clock = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await turn.sleep(FLOOD_EVERY_MS);
      turn.say(`<${performance.timeOrigin + performance.now()}>`);
    }
  };

  const askAll = async (rest: string): Promise<void> => {
    const titles = rest.split(' | ');
    const asks = titles.map((title) => ask({ toolCallId: `call-${randomUUID()}`, title, kind: 'other' }));
    const chosen = await Promise.all(asks);
    titles.forEach((title, i) => turn.say(`${title}: ${chosen[i]}\n`));
  };

  const obey = async (word: string, rest: string): Promise<void> => {
    const [first = '', second = '', third = ''] = rest.split(' ');
    switch (word) {
      case 'sleep':
        return turn.sleep(Number(first) || 0);
      case 'say':
        return turn.say(`${rest}\n`);
      case 'flood':
        return flood(Number(first) || 0, Number(second) || FLOOD_PER_SECOND);
      case 'clock':
        return clock(Number(first) || 0);
      case 'think':
        return turn.update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: rest } });
      case 'plan':
        plan = rest.split(' | ');
        return showPlan((index) => (index === 0 ? 'in_progress' : 'pending'));
      case 'write':
        return write(rest);
      case 'run':
        return run(rest);
      case 'ask':
        return askAll(rest);
      case 'usage': {
        const cost = third === '' ? undefined : { amount: Number(third), currency: 'USD' };
        return turn.update({
          sessionUpdate: 'usage_update',
          used: Number(first),
          size: Number(second),
          cost,
        });
      }
      case 'refuse':
        return turn.fail(Number(first) || -32603, rest.slice(first.length + 1) || 'refused');
      case 'elicit': {
        const params = { sessionId: session.sessionId, mode: 'form', message: 'Which one?' };
        const { error } = await turn.request('elicitation/create', params);
        return turn.say(error ? `The question was refused with ${error.code}.\n` : 'It was answered.\n');
      }
      case 'exit':
        return turn.exit(Number(first) || 0);
      default:
        return turn.say(`I do not know the directive "!${word}".\n`);
    }
  };

  for (const [, word = '', rest = ''] of asked.matchAll(/^!([a-z]+)[ \t]*(.*)$/gm)) {
    signal.throwIfAborted();
    await obey(word, rest.trimEnd());
  }
  showPlan(() => 'completed');
}
