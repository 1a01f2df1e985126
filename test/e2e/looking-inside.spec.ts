import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LogPage, LogSource, TaskRecord, TerminalEnd } from '@slipway/client';
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { HAS_ENGINE } from '../contract/providers/docker-fixture.js';
import { makeRepository } from '../support/git-repository.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { runCli, startCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;

/** What runs in a sandbox can be looked at: over HTTP, the socket and the command line; ports with docker, all else with local. */
describe('looking into a sandbox', () => {
  let service: ServiceProcess;
  let repository: string;
  let task: TaskRecord;

  beforeAll(async () => {
    repository = await makeRepository(join(await mkdtemp(join(tmpdir(), 'slipway-repos-')), 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: HAS_ENGINE ? 'local,docker' : 'local',
      SLIPWAY_LOCAL_USERS: 'true',
      SLIPWAY_LOCAL_REPO_ROOTS: join(repository, '..'),
      SLIPWAY_TERMINAL_IDLE_S: '7200',
    });
    const setup = "printf '\\033[31mset up\\033[0m\\n'; echo and ready";
    const created = await service.post('/v1/tasks', {
      task: 'look',
      repoRemote: repository,
      setup,
      idleStopAfter: 3_600,
    });
    task = await service.waitForStatus(created.body.taskId, 'running', 60_000);
  }, LIMIT_MS);

  afterAll(async () => {
    await service?.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service?.waitForStatus(task.taskId, 'killed', 60_000);
    await service?.dispose();
    await rm(join(repository, '..'), { recursive: true, force: true });
  }, LIMIT_MS);

  const log = async (source: LogSource, after = '0') =>
    (await service.get<LogPage>(`/v1/tasks/${task.taskId}/logs?source=${source}&after=${after}`)).body;
  /** Where the agent server's output is kept; what stands there counts as put out by it. */
  const file = () => join(service.dataDir, 'local', 'records', task.taskId, 'agent.log');
  const stderr = (words: string) =>
    `ts=2026-11-27T07:16:17Z level=info target=acp_http_adapter::process message="agent stderr: ${words}" line_number=1\n`;

  it('shows what the setup, the agent server and the agent have put out, page after page', async () => {
    expect((await log('setup')).items).toEqual(['set up', 'and ready']);
    const first = await log('sandbox');
    expect(first.items.join('\n')).toContain('server listening');
    await appendFile(file(), stderr('first'));
    await until('the agent’s words', 20_000, async () =>
      (await log('agent')).items.at(-1)!.endsWith('first'),
    );
    expect((await log('sandbox', first.next)).items.join('\n')).toContain('agent stderr: first');
    for (const query of ['source=other', 'after=x', 'source=setup&source=agent'])
      expect((await service.get(`/v1/tasks/${task.taskId}/logs?${query}`)).status).toBe(400);
    const nobodys = '/v1/tasks/6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e/logs';
    expect((await service.get<{ code: string }>(nobodys)).body.code).toBe('task_not_found');
  });

  it('tells those who follow of each line as it comes, and that the log began anew', async () => {
    const topic = `log:${task.taskId}:agent`;
    const socket = await RawLiveSocket.connect(service.url);
    const cli = startCli(['logs', task.taskId, '--follow'], { SLIPWAY_DATA_DIR: service.dataDir });
    const followed = (): string[] =>
      socket.frames.flatMap(({ event, data }) => (event === 'log' ? data.lines! : []));
    try {
      socket.subscribe(topic, (await log('agent')).next);
      await socket.frame(({ event, data }) => event === 'subscribed' && data.topic === topic);
      await appendFile(file(), stderr('live \\u{1b}[2J'));
      await until('the line', 20_000, () => followed().some((line) => line.includes('live')));
      await until('the line on the terminal', 30_000, () => cli.stdout.includes('live'));
      await truncate(file(), 0);
      await appendFile(file(), stderr('anew'));
      await socket.frame(({ event, data }) => event === 'reset' && data.topic === topic, 'a reset', 20_000);
      await until('what came after it', 20_000, () => followed().at(-1)!.endsWith('anew'));
      await until('the same on the terminal', 30_000, () => cli.stdout.endsWith('anew\n'));
      expect(cli.stdout).not.toMatch(/[\x00-\x08\x0b-\x1f]/);
    } finally {
      socket.close();
      cli.kill('SIGINT');
      await cli.ended;
    }
  });

  it('prints a log, also for programs', async () => {
    const env = { SLIPWAY_DATA_DIR: service.dataDir };
    const [plain, json, wrong] = await Promise.all([
      runCli(['logs', task.taskId, '--source', 'setup'], env),
      runCli(['logs', task.taskId, '--source', 'setup', '--json'], env),
      runCli(['logs', task.taskId, '--source', 'other'], env),
    ]);
    expect(plain).toEqual({ code: 0, stdout: 'set up\nand ready\n', stderr: '' });
    expect(json.stdout).toBe('"set up"\n"and ready"\n');
    expect(wrong.code).toBe(2);
  });

  /** A shell, and what it has put out. */
  const openShell = async () => {
    const seen = { text: '', end: undefined as TerminalEnd | undefined };
    const shell = await service.client.openTerminal(
      task.taskId,
      { cols: 90, rows: 20 },
      {
        output: (bytes) => void (seen.text += Buffer.from(bytes).toString()),
        ended: (end) => (seen.end = end),
      },
    );
    const sees = (text: string | RegExp) =>
      until(
        () => `${text} in ${JSON.stringify(seen.text.slice(-2_000))}`,
        30_000,
        () => seen.text.search(text) >= 0,
      );
    return { shell, seen, sees };
  };

  it('opens a shell in the checkout, of the size that is wanted, and notes who opened one', async () => {
    const { shell, seen, sees } = await openShell();
    shell.write('stty size; echo "in $PWD"; echo "as $SLIPWAY_SANDBOX"\r');
    await sees(/\b20 90\b/);
    await sees(`in ${task.sandboxPath}`);
    await sees(`as ${task.taskId}`);
    shell.resize({ cols: 70, rows: 30 });
    await until('the new size', 30_000, async () => {
      shell.write('stty size\r');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return seen.text.includes('30 70');
    });
    // Longer than a frame may be, and whole when it arrives.
    shell.write(`stty -echo; echo re""ady; cat > "$TMPDIR/typed"; wc -c < "$TMPDIR/typed"\r`);
    await sees(/ready\r\n/);
    shell.write('größe\n'.repeat(4_000));
    shell.write('\x04');
    await sees(/\b32000\r\n/);
    shell.write('exit 7\r');
    await until('its end', 30_000, () => seen.end !== undefined);
    expect(seen.end).toEqual({ exitCode: 7, reason: 'the shell has ended' });
    const audit = (name: string) =>
      service.log.split('\n').filter((line) => line.includes(name) && line.includes(task.taskId));
    await until('the audit line', 10_000, () => audit('terminal_closed').length > 0);
    expect(audit('terminal_opened')[0]).toMatch(/"actor":"api".*"address":"127\.0\.0\.1"/);
    const { body } = await service.get(`/v1/audit?subject=${task.taskId}&action=TerminalOpened`);
    expect(body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          actor: 'api',
          address: '127.0.0.1',
          workspaceId: task.workspaceId,
          subject: { kind: 'task', id: task.taskId },
        }),
      ]),
    });
  });

  it('is kept awake by what is typed in a shell', async () => {
    const { shell } = await openShell();
    const typedAt = Date.now();
    shell.write('true\r');
    const deadline = async () => Date.parse((await service.client.getTask(task.taskId)).sleep!.deadline!);
    await until('a later deadline', 20_000, async () => (await deadline()) >= typedAt + 7_200_000);
    shell.close();
  });

  it('lets no page of another site open one, nor anybody without a task', async () => {
    const asked = (path: string, headers: Record<string, string> = {}) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(service.url.replace(/^http/, 'ws') + path, { headers });
        socket.on('message', (data: Buffer) => resolve(data.toString()));
        socket.on('unexpected-response', (_, { statusCode }) => resolve(String(statusCode)));
        socket.on('error', (error) => resolve(error.message));
        socket.on('close', (code) => resolve(String(code)));
      });
    const path = `/v1/tasks/${task.taskId}/terminal`;
    expect(await asked(path, { origin: 'https://evil.example' })).toBe('403');
    for (const nobodys of ['/v1/terminal', '/v1/tasks/6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e/terminal'])
      expect(await asked(nobodys)).toMatch(/task_not_found/);
  });

  it('has a shell wait that puts out more than is shown, and closes on frames that make no sense', async () => {
    const socket = new WebSocket(
      `${service.url.replace(/^http/, 'ws')}/v1/tasks/${task.taskId}/terminal?cols=1e9`,
    );
    let bytes = 0;
    let closed = 0;
    socket.on('message', (data: Buffer, isBinary) => (bytes += isBinary ? data.length : 0));
    socket.on('close', (code) => (closed = code));
    const say = (event: string, data: object) => socket.send(JSON.stringify({ event, data }));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    say('input', { text: 'yes slipway\r' });
    await until('so much that it has to wait', 60_000, () => bytes > 512 << 10);
    let before = -1;
    await until('it to wait', 30_000, async () => {
      before = bytes;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return bytes === before;
    });
    expect(bytes).toBeLessThan(4 << 20);
    say('shown', { bytes });
    await until('it to go on', 30_000, () => bytes > before);
    say('resize', { cols: 0, rows: 0 });
    await until('the end', 30_000, () => closed === 1008);
  });

  it(
    'is a command: a shell in this terminal, which "~." leaves',
    async () => {
      const cli = join(import.meta.dirname, '../../dist/cli/slipway.js');
      const child = spawn(
        'script',
        ['-qfec', `exec '${process.execPath}' '${cli}' shell ${task.taskId}`, '/dev/null'],
        {
          env: { PATH: process.env.PATH, TERM: 'xterm', SLIPWAY_DATA_DIR: service.dataDir, SHELL: '/bin/sh' },
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      let shown = '';
      child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
      const left = new Promise<number | null>((resolve) => child.once('close', resolve));
      // What is typed before the shell reads may be lost: it is typed until it was heard.
      await until(
        () => `its words in ${JSON.stringify(shown.slice(-2_000))}`,
        60_000,
        async () => {
          child.stdin.write('echo "$SLIPWAY_SANDBOX is it"\r');
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          return shown.includes(`${task.taskId} is it`);
        },
      );
      child.stdin.write('\r~.');
      expect(await left).toBe(1);
      const plain = await runCli(['shell', task.taskId], { SLIPWAY_DATA_DIR: service.dataDir });
      expect(plain).toMatchObject({ code: 2, stdout: '' });
    },
    LIMIT_MS,
  );

  (HAS_ENGINE ? it : it.skip)(
    'opens a port of a container on this machine, as a command (skipped without an engine)',
    async () => {
      const { body } = await service.post('/v1/tasks', {
        ...{ task: 'serve', repoRemote: repository, providerId: 'docker' },
      });
      const { taskId } = await service.waitForStatus(body.taskId, 'running', 120_000);
      const env = { SLIPWAY_DATA_DIR: service.dataDir };
      const forwarded = startCli(['forward', taskId, '3000', '--local', '0'], env);
      const address = async () => {
        await until('its address', 30_000, () => forwarded.stdout.includes('http://'));
        return /http:\S+/.exec(forwarded.stdout)![0];
      };
      try {
        const page = `${await address()}/page`;
        await expect(fetch(page)).rejects.toThrow();
        await until('what it says of that', 20_000, () =>
          forwarded.stderr.includes('Nothing listens on port 3000'),
        );
        const silent = { output: () => undefined, ended: () => undefined };
        const shell = await service.client.openTerminal(taskId, { cols: 80, rows: 24 }, silent);
        const program = `require('http').createServer((asked, answer) => asked.pipe(answer)).listen(3000)`;
        shell.write(`node -e "${program}"\r`);
        const send = async (text: string) =>
          (await fetch(page, { method: 'POST', body: text }).catch(() => undefined))?.text();
        await until('its answer', 60_000, async () => (await send('hello')) === 'hello');
        const much = 'more than either side may keep '.repeat(100_000);
        expect(await Promise.all([send(much), send('little'), send(much)])).toEqual([much, 'little', much]);
        await until('the audit line', 10_000, () => /"audit":"port_closed".*"port":3000/.test(service.log));
        expect(service.log).toMatch(/"audit":"port_opened".*"actor":"api"/);
        const audit = await service.get<{ items: object[] }>(`/v1/audit?subject=${taskId}&action=PortOpened`);
        // Once, however many connections there were.
        expect(audit.body.items).toMatchObject([{ actor: 'api', subject: { kind: 'task', id: taskId } }]);
      } finally {
        forwarded.kill('SIGINT');
        await forwarded.ended;
        await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
        await service.waitForStatus(taskId, 'killed', 60_000);
      }
      const none = await runCli(['forward', task.taskId, '65536'], env);
      expect(none).toMatchObject({ code: 2, stdout: '' });
    },
    LIMIT_MS,
  );

  it('ends shells with the sandbox, and opens none in one that does not run', async () => {
    const { seen } = await openShell();
    await service.post(`/v1/tasks/${task.taskId}/archive`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'archived', 60_000);
    await until('the end of the shell', 30_000, () => seen.end !== undefined);
    expect(seen.end).toEqual({ exitCode: null, reason: 'the sandbox has ended' });
    await expect(openShell()).rejects.toMatchObject({ code: 'agent_unreachable' });
  });
});
