import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeMockAgent } from './mock-agent.js';

interface Message {
  id?: number;
  result?: { sessionId?: string; stopReason?: string; protocolVersion?: number };
  error?: { code: number };
  params?: { update: { content: { text: string } } };
}

let dir: string;
let agent: ChildProcess;
let messages: AsyncIterator<string>;
const received: Message[] = [];

const send = (message: object) => agent.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
/** Sends a request and reads up to its reply. */
const ask = async (id: number, method: string, params: object = {}): Promise<Message> => {
  send({ id, method, params });
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error('the agent ended');
    const message = JSON.parse(value) as Message;
    received.push(message);
    if (message.id === id) return message;
  }
};
const openSession = async () =>
  (await ask(1, 'session/new', { cwd: dir, mcpServers: [] })).result!.sessionId!;
const said = () => received.map((message) => message.params?.update.content.text ?? '').join('');

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

beforeEach(async () => {
  // A space, since launchers tend to forget about quotes.
  dir = mkdtempSync(join(tmpdir(), 'slipway mock-'));
  received.length = 0;
  await placeMockAgent(dir, join(dir, 'data'));
  const launcher = join(dir, 'data', 'sandbox-agent', 'bin', 'agent_processes', 'mock-acp');
  expect(statSync(launcher).mode & 0o777).toBe(0o755);
  agent = spawn(launcher, [], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
  messages = linesOf(agent.stdout!.setEncoding('utf8'))[Symbol.asyncIterator]();
});
afterEach(() => {
  agent.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

describe('the mock agent', () => {
  it('says what it was asked and what it sees', async () => {
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, '.git', 'HEAD'), 'ref: refs/heads/feat/x\n');
    writeFileSync(join(dir, 'README.md'), '\n# Title\nmore\n');
    expect((await ask(0, 'initialize', { protocolVersion: 1 })).result?.protocolVersion).toBe(1);
    const sessionId = await openSession();
    const reply = await ask(2, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: 'Fix it' }] });
    expect(reply.result).toEqual({ stopReason: 'end_turn' });
    expect(said()).toMatch(
      /You asked: Fix it\n.*branch feat\/x and see 3 files.*README\.md begins with "# Title"/s,
    );
    expect(received.filter(({ params }) => params).length).toBeGreaterThan(2);
  });

  it('reads no file outside of the checkout through a link', async () => {
    symlinkSync('/etc/passwd', join(dir, 'README'));
    const sessionId = await openSession();
    await ask(2, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: 'x' }] });
    expect(said()).toContain('There is no README.');
    expect(said()).not.toContain('root:');
  });

  it('takes line separators of Unicode in a prompt for text', async () => {
    const sessionId = await openSession();
    const text = 'one\u2028two\u2029three\u0085four';
    await ask(2, 'session/prompt', { sessionId, prompt: [{ type: 'text', text }] });
    expect(said()).toContain(`You asked: ${text}\n`);
  });

  it('stops when cancelled', async () => {
    const sessionId = await openSession();
    const prompted = ask(2, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: 'x' }] });
    send({ method: 'session/cancel', params: { sessionId } });
    expect((await prompted).result).toEqual({ stopReason: 'cancelled' });
  });

  it('answers what it does not know with an error, and ends with its input', async () => {
    expect((await ask(1, '_slipway/probe')).error?.code).toBe(-32601);
    expect((await ask(2, 'session/prompt', { sessionId: 'none' })).error?.code).toBe(-32602);
    agent.stdin!.write('not json\n');
    expect((await ask(3, 'authenticate')).result).toEqual({});
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    agent.stdin!.end();
    expect(await ended).toBe(0);
  });
});
