import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeMockAgent } from './mock-agent.js';

interface Message {
  id?: number;
  method?: string;
  result?: { sessionId?: string; stopReason?: string; protocolVersion?: number; modes?: object };
  error?: { code: number };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an update has one of many shapes
  params?: { update?: Record<string, any>; toolCall?: { title: string } };
}

let dir: string;
let agent: ChildProcess;
let messages: AsyncIterator<string>;
const received: Message[] = [];
/** What is answered to each permission in turn; `null` for cancelled. Unanswered beyond. */
const answers: (string | null)[] = [];

const send = (message: object) => agent.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const answerTo = ({ id, method }: Message) => {
  if (method !== 'session/request_permission') return send({ id, error: { code: -32601, message: 'no' } });
  const optionId = answers.shift();
  if (optionId === undefined) return;
  const outcome = optionId === null ? { outcome: 'cancelled' } : { outcome: 'selected', optionId };
  send({ id, result: { outcome } });
};
/** Sends a request and reads up to its reply. */
const ask = async (id: number, method: string, params: object = {}): Promise<Message> => {
  send({ id, method, params });
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error('the agent ended');
    const message = JSON.parse(value) as Message;
    received.push(message);
    if (message.method !== undefined && message.id !== undefined) answerTo(message);
    else if (message.id === id) return message;
  }
};
const openSession = async () =>
  (await ask(1, 'session/new', { cwd: dir, mcpServers: [] })).result!.sessionId!;
const prompt = (sessionId: string, ...lines: string[]) =>
  ask(9, 'session/prompt', { sessionId, prompt: [{ type: 'text', text: lines.join('\n') }] });
const updates = (kind: string) =>
  received.flatMap(({ params }) => (params?.update?.['sessionUpdate'] === kind ? [params.update] : []));
const said = () => received.map((message) => message.params?.update?.['content']?.text ?? '').join('');

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

const start = (launcher: string) => {
  agent = spawn(launcher, [], { env: { PATH: process.env['PATH'] }, stdio: ['pipe', 'pipe', 'inherit'] });
  messages = linesOf(agent.stdout!.setEncoding('utf8'))[Symbol.asyncIterator]();
};
const launcherIn = (folder: string) =>
  join(folder, 'data', 'sandbox-agent', 'bin', 'agent_processes', 'mock-acp');

beforeEach(async () => {
  // A space, since launchers tend to forget about quotes.
  dir = mkdtempSync(join(tmpdir(), 'slipway mock-'));
  received.length = 0;
  answers.length = 0;
  const places = { node: process.execPath, seen: (path: string) => path };
  await placeMockAgent({ root: dir, data: join(dir, 'data') }, places);
  const launcher = launcherIn(dir);
  expect(statSync(launcher).mode & 0o777).toBe(0o755);
  start(launcher);
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
      /You asked: Fix it\n.*branch feat\/x and see 4 files.*README\.md begins with "# Title"/s,
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

  it('does what directives say, in their order', async () => {
    const sessionId = await openSession();
    const reply = await prompt(
      sessionId,
      'some words',
      '!say one',
      '!think two',
      '!plan A | B',
      '!usage 5 9 0.5',
      '!flood 3',
      '!elicit',
      '!say end',
    );
    expect(reply.result).toEqual({ stopReason: 'end_turn' });
    expect(said()).toContain('one\n');
    expect(said()).toMatch(/<1><2><3>The question was refused with -32601\.\nend\n$/);
    expect(updates('agent_thought_chunk')[0]).toMatchObject({ content: { text: 'two' } });
    expect(
      updates('plan').map(({ entries }) => entries.map((each: { status: string }) => each.status)),
    ).toEqual([
      ['in_progress', 'pending'],
      ['completed', 'completed'],
    ]);
    expect(updates('usage_update')[0]).toMatchObject({
      used: 5,
      size: 9,
      cost: { amount: 0.5, currency: 'USD' },
    });
  });

  it('writes when it may, with a diff, and not outside of the checkout', async () => {
    writeFileSync(join(dir, 'a.txt'), 'old\n');
    symlinkSync(tmpdir(), join(dir, 'out'));
    const sessionId = await openSession();
    answers.push('allow', 'reject', 'allow', 'allow');
    await prompt(
      sessionId,
      '!write a.txt new one',
      '!write b.txt no',
      '!write ../c.txt x',
      '!write out/slipway-d.txt x',
    );
    expect(readFileSync(join(dir, 'a.txt'), 'utf8')).toBe('new one\n');
    expect(existsSync(join(dir, 'b.txt'))).toBe(false);
    expect(existsSync(join(dir, '..', 'c.txt'))).toBe(false);
    expect(existsSync(join(tmpdir(), 'slipway-d.txt'))).toBe(false);
    expect(updates('tool_call')[0]).toMatchObject({
      kind: 'edit',
      content: [{ type: 'diff', path: 'a.txt', oldText: 'old\n', newText: 'new one\n' }],
    });
    const ends = updates('tool_call_update').filter(({ status }) => status !== 'in_progress');
    expect(ends.map(({ status }) => status)).toEqual(['completed', 'failed', 'failed', 'failed']);
  });

  it('runs commands in the checkout; in mode auto, or allowed for good, it does not ask', async () => {
    const sessionId = await openSession();
    answers.push('always');
    await prompt(sessionId, '!run echo hello > made; cat made', '!run exit 3');
    expect(readFileSync(join(dir, 'made'), 'utf8')).toBe('hello\n');
    const texts = updates('tool_call_update').flatMap(({ content }) => content ?? []);
    expect(texts.map(({ content }) => content.text)).toEqual(['hello\n', '\n[exit code 3]']);
    await ask(3, 'session/set_mode', { sessionId, modeId: 'auto' });
    await prompt(sessionId, '!write x y');
    expect(readFileSync(join(dir, 'x'), 'utf8')).toBe('y\n');
    const model = await ask(4, 'session/set_config_option', {
      sessionId,
      configId: 'model',
      value: 'mock-large',
    });
    expect(model.result).toMatchObject({ configOptions: [{ currentValue: 'mock-large' }] });
    expect((await ask(5, 'session/set_mode', { sessionId, modeId: 'no' })).error?.code).toBe(-32602);
  });

  it('asks several things at once, and a cancelled answer ends the turn', async () => {
    const sessionId = await openSession();
    answers.push('allow', 'reject');
    await prompt(sessionId, '!ask One | Two');
    expect(said()).toBe('One: allow\nTwo: reject\n');
    answers.push(null);
    expect((await prompt(sessionId, '!ask Three', '!say never')).result).toEqual({ stopReason: 'cancelled' });
    expect(said()).not.toContain('never');
  });

  it.each(['!sleep 600000', '!flood 1000000', '!ask Anything', '!write f g', '!run sleep 600', '!elicit'])(
    'stops %s when cancelled',
    async (line) => {
      const sessionId = await openSession();
      if (line.startsWith('!run')) await ask(3, 'session/set_mode', { sessionId, modeId: 'auto' });
      const done = prompt(sessionId, '!say begun', line === '!elicit' ? '!ask x' : line, '!say never');
      setTimeout(() => send({ method: 'session/cancel', params: { sessionId } }), 300);
      expect((await done).result).toEqual({ stopReason: 'cancelled' });
      expect(said()).not.toContain('never');
      expect((await prompt(sessionId, '!say next')).result).toEqual({ stopReason: 'end_turn' });
    },
  );

  it('refuses a prompt, or ends, as it is told', async () => {
    const sessionId = await openSession();
    expect((await prompt(sessionId, '!refuse -32000 log in')).error).toEqual({
      code: -32000,
      message: 'log in',
    });
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    send({
      id: 5,
      method: 'session/prompt',
      params: { sessionId, prompt: [{ type: 'text', text: '!exit 7' }] },
    });
    expect(await ended).toBe(7);
  });

  it('is another process that knows a session of an earlier one', async () => {
    const sessionId = await openSession();
    await ask(3, 'session/set_mode', { sessionId, modeId: 'auto' });
    await prompt(sessionId, '!say remember');
    agent.kill('SIGKILL');
    start(launcherIn(dir));
    received.length = 0;
    expect((await ask(1, 'session/load', { sessionId, cwd: dir, mcpServers: [] })).result).toMatchObject({
      modes: { currentModeId: 'auto' },
    });
    expect(updates('user_message_chunk')[0]).toMatchObject({ content: { text: '!say remember' } });
    expect(said()).toContain('remember\n');
    expect((await prompt(sessionId, 'Look')).result).toEqual({ stopReason: 'end_turn' });
    expect((await ask(2, 'session/load', { sessionId: '../x', cwd: dir })).error?.code).toBe(-32002);
  });
});
