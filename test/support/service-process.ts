import { SlipwayClient } from '@slipway/client';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { readRuntime } from '../../src/app/runtime-file.js';
import { CookieJar } from './cookie-jar.js';
import { endMentioning } from './processes.js';
import { patiently, until } from './until.js';

/** So much of what it prints is kept, in characters: each request is a line, and a test that waits asks often. */
const MOST_LOG = 8_000_000;
const MAIN = join(import.meta.dirname, '../../dist/main.js');
const KILLER = join(import.meta.dirname, '../crash/killer.mjs');
const START_LIMIT_MS = 45_000;

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/**
 * The real service as a real process on a data directory of its own, started from the build. With `CRASH_FILE` in its
 * environment it has the killer with it, which ends it at a trace point.
 */
export class ServiceProcess {
  private child?: ChildProcess;
  private output = '';
  url = '';

  private constructor(
    private folder: string,
    private readonly env: Record<string, string>,
  ) {}

  /** Starts a service and waits until it is ready. */
  static async start(env: Record<string, string> = {}): Promise<ServiceProcess> {
    const service = await ServiceProcess.unstarted(env);
    await service.start();
    return service;
  }

  /** One that is not started yet: for settings that it is to refuse. */
  static async unstarted(env: Record<string, string> = {}): Promise<ServiceProcess> {
    return new ServiceProcess(await mkdtemp(join(tmpdir(), 'slipway-e2e-')), env);
  }

  get dataDir(): string {
    return this.folder;
  }

  /** Stops it and moves its data directory elsewhere. */
  async moveTo(folder: string): Promise<void> {
    await this.stop();
    await rename(this.folder, folder);
    this.folder = folder;
  }

  /** What it has printed so far. */
  get log(): string {
    return this.output;
  }

  /** A client of it, as it is reached now. */
  get client(): SlipwayClient {
    return new SlipwayClient({ url: this.url });
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Starts it (again), by default on the same data directory with the same settings. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const child = this.spawn(env);
    await until('the service to write how it can be reached', START_LIMIT_MS, async () => {
      const runtime = await readRuntime(this.dataDir);
      if (runtime?.pid === child.pid) this.url = runtime!.httpUrl;
      return runtime?.pid === child.pid || hasEnded(child);
    });
    await until(
      'the service to be ready',
      START_LIMIT_MS,
      async () => hasEnded(child) || (await this.get('/health/ready')).status === 200,
    );
    if (hasEnded(child))
      throw new Error(`The service ended with ${child.exitCode ?? child.signalCode}:\n${this.output}`);
  }

  /** Starts it and waits for its end: for settings that it is to refuse. Resolves with exit code and output. */
  async startAndExit(env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
    const before = this.output.length;
    const child = this.spawn(env);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output: this.output.slice(before) };
  }

  private spawn(env: Record<string, string>): ChildProcess {
    const withKiller = 'CRASH_FILE' in this.env || 'CRASH_FILE' in env;
    const child = spawn(process.execPath, [...(withKiller ? ['--import', KILLER] : []), MAIN], {
      cwd: this.dataDir,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        LOG_LEVEL: 'info',
        PORT: '0',
        SLIPWAY_DATA_DIR: this.dataDir,
        SLIPWAY_PROVIDERS: 'simulated',
        // Tests look into checkouts with git, which trusts its own user's alone.
        SLIPWAY_LOCAL_USERS: 'false',
        ...this.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (data: Buffer) => (this.output = (this.output + data.toString()).slice(-MOST_LOG));
    child.stdout!.on('data', keep);
    child.stderr!.on('data', keep);
    this.child = child;
    return child;
  }

  /** Whether it has ended, by itself or by somebody. */
  get isOver(): boolean {
    return hasEnded(this.child!);
  }

  /** Whether it ends by itself within the time. */
  async exitsWithin(limitMs: number): Promise<boolean> {
    const child = this.child!;
    if (hasEnded(child)) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), limitMs)));
    const gone = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
    return Promise.race([gone, late]).finally(() => clearTimeout(timer));
  }

  /** Stops it where it is, as a machine does that is suspended. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** It goes on where it was. */
  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** kill -9: nobody is asked, nothing is tidied up. */
  async kill(): Promise<void> {
    await this.signalAndWait('SIGKILL');
  }

  /** SIGTERM, and waits for the end. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.signalAndWait('SIGTERM');
  }

  private async signalAndWait(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child;
    if (!child || hasEnded(child)) return child?.exitCode ?? null;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    // What is frozen, by a test that has failed meanwhile, hears of it only then.
    child.kill('SIGCONT');
    await exited;
    return child.exitCode;
  }

  /** Ends it, with the agents that outlive it, and removes its data directory. */
  async dispose(): Promise<void> {
    await this.stop();
    endMentioning(this.dataDir);
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  get<T = unknown>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T = TaskRecord>(
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, headers);
  }

  put<T = unknown>(path: string, body: unknown): Promise<Answer<T>> {
    return this.call<T>('PUT', path, body);
  }

  delete<T = unknown>(path: string): Promise<Answer<T>> {
    return this.call<T>('DELETE', path);
  }

  private async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
    const certificate = this.env.SLIPWAY_TLS_CERT;
    if (certificate !== undefined) return this.callOverTls(await readFile(certificate, 'utf8'), method, path);
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: text,
      signal: AbortSignal.timeout(patiently(30_000)),
    });
    const answer = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(answer) : answer) as T,
    };
  }

  /** Believes the service's own certificate. */
  private async callOverTls<T>(certificate: string, method: string, path: string): Promise<Answer<T>> {
    const { status, text } = await new CookieJar(certificate).visit(this.url + path, { method });
    return { status, headers: new Headers(), body: text as T };
  }

  /** Waits until the task's record fulfils the condition. */
  async waitForTask(
    taskId: string,
    condition: (task: TaskRecord) => boolean,
    limitMs = 30_000,
  ): Promise<TaskRecord> {
    let last: TaskRecord | undefined;
    await until(
      () => `task ${taskId} (now ${last?.status}: ${last?.statusMessage})`,
      limitMs,
      async () => {
        last = await this.client.getTask(taskId);
        return condition(last);
      },
    );
    return last!;
  }

  waitForStatus(taskId: string, status: TaskRecord['status'], limitMs?: number): Promise<TaskRecord> {
    return this.waitForTask(taskId, (task) => task.status === status, limitMs);
  }

  /** Waits until the task runs and its agent has done what it was asked: then nothing changes by itself. */
  waitForIdle(taskId: string, limitMs?: number): Promise<TaskRecord> {
    const isIdle = ({ status, sessions }: TaskRecord) =>
      status === 'running' &&
      sessions.every(({ activity, queuedPrompts }) => activity === 'idle' && queuedPrompts === 0);
    return this.waitForTask(taskId, isIdle, limitMs);
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;
