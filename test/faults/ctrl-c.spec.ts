import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRuntime } from '../../src/app/runtime-file.js';
import { processesMentioning } from '../support/processes.js';
import { until } from '../support/until.js';

const PROJECT = join(import.meta.dirname, '../..');
const LIMIT_MS = 120_000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** A service as a terminal runs it: with everything that it starts in one process group, unless it sees to that. */
class InTerminal {
  output = '';
  ended?: { code: number | null; signal: NodeJS.Signals | null };
  url = '';

  private constructor(
    readonly dataDir: string,
    readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (this.output += data));
    child.once('exit', (code, signal) => (this.ended = { code, signal }));
  }

  static async start(command: readonly string[], env: Record<string, string> = {}): Promise<InTerminal> {
    const dataDir = await mkdtemp(join(tmpdir(), 'slipway-terminal-'));
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      cwd: PROJECT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        SLIPWAY_DATA_DIR: dataDir,
        SLIPWAY_PROVIDERS: 'simulated',
        ...env,
      },
    });
    const terminal = new InTerminal(dataDir, child);
    running.push(terminal);
    await until(
      () => `the service to be ready:\n${terminal.output}`,
      START_LIMIT_MS,
      async () => {
        terminal.url = (await readRuntime(dataDir))?.httpUrl ?? '';
        return terminal.url !== '' && (await fetch(`${terminal.url}/health/ready`)).ok;
      },
    );
    return terminal;
  }

  /** What Ctrl-C does: every process of the group gets the signal. */
  signalAll(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  get left(): number[] {
    return processesMentioning(this.dataDir);
  }

  /** Records of the log at warning level or above, and lines that are no records. */
  get complaints(): string[] {
    return this.output
      .split('\n')
      .filter((line) => line !== '' && !/^\{"level":[1-3]0,/.test(line) && !line.includes('runs as root'));
  }
}

const running: InTerminal[] = [];

describe('Ctrl-C', () => {
  afterEach(async () => {
    for (const { dataDir, left } of running.splice(0)) {
      for (const pid of left) process.kill(pid, 'SIGKILL');
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  it(
    'ends the service and its stores in good order, with one line, and leaves nothing behind',
    async () => {
      const terminal = await InTerminal.start([process.execPath, 'dist/main.js'], {
        SLIPWAY_LOCAL_REPO_ROOT: '/srv/git',
      });
      // Rows are projected from a moment after readiness on, and that is said.
      await until('the last line of the start', START_LIMIT_MS, () =>
        terminal.output.includes('this process projects'),
      );
      const { length } = terminal.output;
      terminal.signalAll('SIGINT');
      await until('the end', STOP_LIMIT_MS, () => terminal.ended !== undefined);
      expect(terminal.ended).toEqual({ code: 0, signal: null });
      expect(terminal.output.slice(length).trim().split('\n')).toEqual([
        expect.stringContaining('Slipway stops; what is under way goes on after the next start'),
      ]);
      // The one warning is that of the start, for the variable that has no effect.
      expect(terminal.complaints).toEqual([
        expect.stringContaining(
          'SLIPWAY_LOCAL_REPO_ROOT is no setting and has no effect: did you mean SLIPWAY_LOCAL_REPO_ROOTS?',
        ),
      ]);
      expect(terminal.left).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'a second time ends it at once, and its stores follow',
    async () => {
      const terminal = await InTerminal.start([process.execPath, 'dist/main.js'], {
        SLIPWAY_SHUTDOWN_MS: '600000',
      });
      // Half a request, which a shutdown in good order waits for.
      const { host, port } = new URL(terminal.url);
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      const head = ['POST /v1/tasks HTTP/1.1', `Host: ${host}`, 'Content-Type: application/json'];
      const rest = ['Content-Length: 100', 'Expect: 100-continue', '', '{'];
      socket.write([...head, ...rest].join('\r\n'));
      // The service has begun with the request when it asks for the body.
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 100 /);
      await until('the end', STOP_LIMIT_MS, () => {
        if (terminal.ended === undefined) terminal.signalAll('SIGINT');
        return terminal.ended !== undefined;
      });
      socket.destroy();
      expect(terminal.ended).toEqual({ code: 130, signal: null });
      await until('the stores to be gone', STOP_LIMIT_MS, () => terminal.left.length === 0);
    },
    LIMIT_MS,
  );

  it(
    'or a kill -9 of the service alone: its stores go with it',
    async () => {
      const terminal = await InTerminal.start([process.execPath, 'dist/main.js']);
      process.kill(terminal.child.pid!, 'SIGKILL');
      await until('everything to be gone', STOP_LIMIT_MS, () => terminal.left.length === 0);
    },
    LIMIT_MS,
  );

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '%s to the npm of npm start ends the service in good order',
    async (signal) => {
      const terminal = await InTerminal.start(['npm', 'start']);
      process.kill(terminal.child.pid!, signal);
      await until('everything to be gone', STOP_LIMIT_MS, () => terminal.left.length === 0);
      expect(terminal.output).toContain('Slipway stops; what is under way goes on after the next start');
      expect(await readRuntime(terminal.dataDir)).toBeNull();
    },
    LIMIT_MS,
  );
});
