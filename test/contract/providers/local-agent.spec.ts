import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import { capOutput } from '../../../src/providers/local/agent-server.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import { sandboxFiles } from '../../../src/providers/local/sandbox-files.js';
import { Type } from '@sinclair/typebox';
import { Attached } from './attached.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const fixture = useLocalProvider();
type Spec = ReturnType<typeof fixture.spec>;

const apiOf = ({ taskId }: Spec) => new AgentApi(fixture.addressOf(taskId));
const isAlive = (pid: number) => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};
/** Has the agent server start a program, as an agent could. */
const runInSandbox = (spec: Spec, command: string, args: string[]) =>
  apiOf(spec).call({
    method: 'POST',
    path: '/v1/processes/run',
    body: { command, args },
    schema: Type.Object({ exitCode: Type.Number(), stdout: Type.String() }),
    signal: never,
    timeoutMs: 10_000,
  });
/** Processes of this machine with the argument, by whatever parent and in whatever namespace. */
const withArgument = (argument: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(argument) &&
          isAlive(Number(pid))
        );
      } catch {
        return false;
      }
    });

describe('agent servers of the local provider', () => {
  it('are adopted by whoever comes after, with the session that lives in them', async () => {
    const spec = fixture.spec();
    const program = fixture.startProgram(spec);
    let said = '';
    program.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(() => said.includes('create_session'), 'the session');
    const pid = fixture.pidOf(spec.taskId);
    program.kill('SIGKILL');
    await eventually(() => program.signalCode === 'SIGKILL', 'the end of the first Slipway');

    const provider = fixture.open();
    const found = await provider.findSession(spec, never);
    const endpoint = (await provider.ensureAgent(spec, never)).endpoint;
    expect(await provider.createSession(spec, never)).toEqual(found);
    expect((await fixture.open().ensureAgent(spec, never)).endpoint).toBe(endpoint);
    expect(fixture.pidOf(spec.taskId)).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    const over = new AbortController();
    const attach = { ...spec, agentSessionId: found!.agentSessionId, recap: async () => '' };
    const attached = new Attached(
      (await provider.attachSession(attach, { start: false }, over.signal))!,
      over,
    );
    await attached.turn('Look around');
    await attached.detach();
    const answer = attached.text;
    expect(answer.match(/You asked: Look around/g)).toHaveLength(1);
    expect(answer).toContain(`I am on branch ${spec.branchName} and see 1 file.`);
    expect(answer).toContain('README.md begins with "# Demo"');
  });

  it.each([
    ['stage create_sandbox', 'started'],
    ['stage ensure_agent', 'create_sandbox'],
    ['stage create_session', 'ensure_agent'],
  ])('end up as one, also when the service was killed early in %s', async (_, after) => {
    for (const delayMs of [0, 40]) {
      const spec = fixture.spec();
      const program = fixture.startProgram(spec);
      await new Promise<void>((resolve) =>
        program.stdout!.on('data', (chunk: Buffer) => {
          if (chunk.toString().includes(after)) setTimeout(resolve, delayMs);
        }),
      );
      program.kill('SIGKILL');
      const provider = fixture.open();
      await fixture.provision(provider, spec);
      const marked = (await markedProcesses()).get(spec.taskId) ?? [];
      const commands = marked.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0'));
      const count = (part: string) =>
        commands.filter((words) => words.some((word) => word.endsWith(part))).length;
      expect(count('slipway-mock-agent.mjs')).toBe(1);
      expect(commands.filter(([word]) => word?.endsWith('/sandbox-agent'))).toHaveLength(1);
      await provider.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    }
  });

  it('are started anew when they died; their sessions are dead then and can be opened again', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    const first = await fixture.provision(provider, spec);
    const pid = fixture.pidOf(spec.taskId);
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid), 'the end of the agent server');
    expect(await provider.findSession(spec, never)).toBeNull();
    // The kernel takes a moment for the processes that end with their namespace.
    await eventually(
      async () =>
        (await provider.listSandboxes(never)).some(
          ({ taskId, complete, running }) => taskId === spec.taskId && complete && !running,
        ),
      'the end of its processes',
    );
    const second = await provider.createSession(spec, never);
    expect(second).not.toEqual(first);
    expect(fixture.pidOf(spec.taskId)).not.toBe(pid);
    expect(await provider.findSession(spec, never)).toEqual(second);
  });

  it('notice that only the agent died', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await fixture.provision(provider, spec);
    const marked = (await markedProcesses()).get(spec.taskId) ?? [];
    const agent = marked.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('mock-agent.mjs'),
    )!;
    process.kill(agent, 'SIGKILL');
    await eventually(() => !isAlive(agent), 'the end of the agent');
    expect(await provider.findSession(spec, never)).toBeNull();
    await provider.createSession(spec, never);
    expect(await provider.findSession(spec, never)).not.toBeNull();
  });

  it('are not mistaken for another process with the number, nor for another server on the port', async () => {
    const provider = fixture.open();
    const [spec, other] = [fixture.spec(), fixture.spec()];
    await fixture.provision(provider, other);
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    await provider.releaseSandbox(spec.taskId, never);
    // Our own number with another start time; then a live process, but the port of another task's server.
    writeFileSync(
      fixture.records(spec.taskId, 'agent.pid'),
      `${process.pid} (node) S ${'1 '.repeat(18)}77 0\n`,
    );
    await provider.ensureAgent(spec, never);
    const runtime = JSON.parse(readFileSync(fixture.records(spec.taskId, 'runtime.json'), 'utf8'));
    const { port } = JSON.parse(readFileSync(fixture.records(other.taskId, 'runtime.json'), 'utf8'));
    writeFileSync(fixture.records(spec.taskId, 'runtime.json'), JSON.stringify({ ...runtime, port }));
    const before = fixture.pidOf(spec.taskId);
    const { endpoint } = await provider.ensureAgent(spec, never);
    expect(endpoint).not.toBe(`http://127.0.0.1:${port}`);
    expect(isAlive(before)).toBe(false);
    expect(await provider.findSession(other, never)).not.toBeNull();
  });

  it.each([
    ['in a PID namespace', true, ['-i', 'setsid', 'sleep']],
    ['without one', false, ['setsid', 'sleep']],
  ])('end with every descendant %s', async (_, namespaces, words) => {
    const provider = fixture.open({ namespaces });
    const spec = fixture.spec();
    const seconds = `8${String(Date.now()).slice(-8)}`;
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    const script = '"$@" </dev/null >/dev/null 2>&1 &';
    await runInSandbox(spec, '/bin/sh', ['-c', script, 'sh', 'env', ...words, seconds]);
    await eventually(() => withArgument(seconds).length > 0, 'the descendant');
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    await eventually(() => withArgument(seconds).length === 0, 'the end of the descendant');
    expect((await markedProcesses()).get(spec.taskId)).toBeUndefined();
    expect(existsSync(fixture.sandbox(spec.taskId))).toBe(false);
  });

  it('leave no zombies of what their agents started and forgot', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    await runInSandbox(spec, '/bin/sh', ['-c', '(sleep 0.1 &) </dev/null >/dev/null 2>&1; exit 0']);
    const script = 'while grep -lsq "^Name:.sleep" /proc/[0-9]*/status; do :; done; echo none left';
    const { stdout } = await runInSandbox(spec, '/bin/sh', ['-c', script]);
    expect(stdout).toContain('none left');
  });

  it('have their output kept small', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    const files = sandboxFiles(fixture.sandbox('.'), spec.taskId);
    appendFileSync(files.log, Buffer.alloc(2 << 20));
    await capOutput(files);
    expect(statSync(files.log).size).toBe(0);
    await provider.createSession(spec, never);
    await eventually(() => statSync(files.log).size > 0, 'more output');
    expect(statSync(files.log).size).toBeLessThan(1 << 20);
    expect(readdirSync(fixture.sandbox(spec.taskId, 'data', 'sandbox-agent'))).toEqual(['bin']);
  });

  it('see nothing of our environment but what is named', async () => {
    process.env['SLIPWAY_TEST_SECRET'] = 'do-not-tell';
    process.env['SLIPWAY_TEST_KEY'] = 'tell';
    try {
      const provider = fixture.open({ agentEnv: ['SLIPWAY_TEST_KEY'] });
      const spec = fixture.spec();
      await provider.createSandbox(spec, never);
      await provider.ensureAgent(spec, never);
      const { stdout } = await runInSandbox(spec, 'env', []);
      expect(stdout).not.toContain('do-not-tell');
      expect(stdout).toContain('SLIPWAY_TEST_KEY=tell');
      expect(stdout).toContain(`HOME=${fixture.sandbox(spec.taskId, 'home')}\n`);
      expect(stdout).toContain(`SLIPWAY_SANDBOX=${spec.taskId}\n`);
    } finally {
      delete process.env['SLIPWAY_TEST_SECRET'];
      delete process.env['SLIPWAY_TEST_KEY'];
    }
  });

  it('keep their token in one file that only we may read', async () => {
    const lines: string[] = [];
    const note = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
    const provider = fixture.open({ log: { info: note, warn: note } });
    const spec = fixture.spec();
    await fixture.provision(provider, spec);
    await provider
      .ensureAgent({ ...spec, agentType: 'nonsense' }, never)
      .catch((error) => note({}, String(error)));
    const runtime = fixture.records(spec.taskId, 'runtime.json');
    const { token } = JSON.parse(readFileSync(runtime, 'utf8')) as { token: string };
    expect(statSync(runtime).mode & 0o777).toBe(0o600);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n')).not.toContain(token);
    const holders = execFileSync('grep', ['-rlF', '--', token, fixture.dataDir], { encoding: 'utf8' });
    expect(holders.trim()).toBe(runtime);
  });

  it('refuse an agent type that nobody knows, for good', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    for (const agentType of ['nonsense', '../mock', 'a b', '']) {
      await expect(provider.ensureAgent({ ...spec, agentType }, never)).rejects.toMatchObject({
        code: 'agent_unknown',
        retryable: false,
      });
    }
  });

  it('stop what they are at when aborted', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    const reason = new Error('stage time-out');
    const abort = new AbortController();
    const starting = provider.ensureAgent(spec, abort.signal);
    await eventually(() => existsSync(fixture.records(spec.taskId, 'runtime.json')), 'the start');
    abort.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect(await provider.listSandboxes(never)).toContainEqual(
      expect.objectContaining({ taskId: spec.taskId, running: false }),
    );
    await expect(fixture.provision(provider, spec)).resolves.toBeDefined();
  });
});
