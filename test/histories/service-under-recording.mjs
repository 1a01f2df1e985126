/** The service of any checkout that is built, as a process on a data directory of its own, asked over HTTP alone. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 60_000;

export class ServiceUnderRecording {
  /** @param checkout where the service's checkout lies */
  constructor(checkout, env = {}) {
    this.checkout = checkout;
    this.env = env;
    this.dataDir = mkdtempSync(join(tmpdir(), 'slipway-history-'));
  }

  /** Starts it (again) and waits until it is ready. `killer`: the module that ends it at a trace point. */
  async start(env = {}, killer) {
    const main = join(this.checkout, 'dist/main.js');
    this.child = spawn(process.execPath, [...(killer ? ['--import', killer] : []), main], {
      cwd: this.dataDir,
      env: this.environment({ ...this.env, ...env }),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    this.child.stderr.on('data', (data) => (said = (said + data).slice(-4_000)));
    await this.until('the service to be ready', async () => {
      if (this.isOver) throw new Error(`The service ended with ${this.child.exitCode}: ${said}`);
      const runtime = readJson(join(this.dataDir, 'runtime.json'));
      if (runtime?.pid !== this.child.pid) return false;
      this.runtime = runtime;
      return (await fetch(`${runtime.httpUrl}/health/ready`).catch(() => ({}))).status === 200;
    });
  }

  /** Settings that a checkout does not know yet are left out. */
  environment(settings) {
    const readme = readFileSync(join(this.checkout, 'README.md'), 'utf8');
    const isKnown = ([name]) =>
      !/^SLIPWAY_/.test(name) || /^SLIPWAY_STAGE_/.test(name) || readme.includes(name);
    const { PATH, HOME } = process.env;
    const own = {
      PORT: '0',
      LOG_LEVEL: 'warn',
      SLIPWAY_DATA_DIR: this.dataDir,
      SLIPWAY_PROVIDERS: 'simulated',
    };
    return { PATH, HOME, ...own, ...Object.fromEntries(Object.entries(settings).filter(isKnown)) };
  }

  get isOver() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async stop(signal = 'SIGTERM') {
    if (this.isOver) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }

  async dispose() {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  async ask(method, path, body) {
    const response = await fetch(this.runtime.httpUrl + path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  }

  /** Resolves with the id of a new task. */
  async create(fields = {}) {
    const { taskId } = await this.ask('POST', '/v1/tasks', {
      task: 'fix: the cart forgets its items',
      repoRemote: 'https://git.example.com/acme/shop.git',
      ...fields,
    });
    return taskId;
  }

  command(taskId, name, body = {}) {
    return this.ask('POST', `/v1/tasks/${taskId}/${name}`, body);
  }

  task(taskId) {
    return this.ask('GET', `/v1/tasks/${taskId}`);
  }

  /** Waits until the task has the status, or fulfils the condition. */
  async is(taskId, wanted) {
    let last;
    await this.until(
      () => `task ${taskId} (${JSON.stringify(last)})`,
      async () => {
        last = await this.task(taskId);
        return typeof wanted === 'function' ? wanted(last) : last.status === wanted;
      },
    );
    return last;
  }

  async until(what, check) {
    const deadline = Date.now() + LIMIT_MS;
    while (!(await check())) {
      if (Date.now() > deadline)
        throw new Error(`Waited ${LIMIT_MS} ms in vain for ${typeof what === 'string' ? what : what()}`);
      await delay(25);
    }
  }

  /** The checkout's own `slipway`. */
  cli(...args) {
    const { bin } = readJson(join(this.checkout, 'package.json'));
    return execFileSync(process.execPath, [join(this.checkout, bin.slipway), ...args], {
      env: this.environment(this.env),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

/** Ends the agents of a task, as a crash of theirs would. */
export function killAgents(taskId) {
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const text = (file) => {
      try {
        return readFileSync(`/proc/${name}/${file}`, 'latin1');
      } catch {
        return ''; // It has ended.
      }
    };
    if (text('cmdline').includes('mock-agent') && text('environ').includes(taskId))
      process.kill(Number(name), 'SIGKILL');
  }
}

export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
