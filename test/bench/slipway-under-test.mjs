// The real service as a process of its own, embedded stores, default and durable settings, simulated provider.
import { spawn } from 'node:child_process';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of the clock that processes' times are counted in. */
const TICK_MS = 10;
const MAIN = join(import.meta.dirname, '../../dist/main.js');

export class SlipwayUnderTest {
  static async create(env = {}) {
    const service = new SlipwayUnderTest();
    service.dataDir = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    service.ledger = join(service.dataDir, 'ledger');
    service.env = env;
    await service.start();
    return service;
  }

  /** Resolves with the milliseconds until it is ready. */
  async start() {
    const begun = performance.now();
    this.child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: this.dataDir,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        LOG_LEVEL: 'error',
        SLIPWAY_DATA_DIR: this.dataDir,
        SLIPWAY_PROVIDERS: 'simulated',
        SLIPWAY_SIMULATED_LEDGER: this.ledger,
        ...this.env,
      },
    });
    for (;;) {
      if (this.child.exitCode !== null) throw new Error('the service ended');
      try {
        this.runtime = JSON.parse(await readFile(join(this.dataDir, 'runtime.json'), 'utf8'));
        if (this.runtime.pid === this.child.pid) break;
      } catch {
        // not written yet
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.url = this.runtime.httpUrl;
    while (!(await fetch(`${this.url}/health/ready`)).ok)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return performance.now() - begun;
  }

  /** kill -9, and waits until it is gone. */
  async kill() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  async dispose() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Executions of stages so far, from the provider's own ledger: `taskId/stage` → how often. */
  executions() {
    const counts = new Map();
    for (const line of readFileSync(this.ledger, 'utf8').split('\n')) {
      if (line === '') continue;
      const [taskId, stage] = line.split(' ');
      counts.set(`${taskId}/${stage}`, (counts.get(`${taskId}/${stage}`) ?? 0) + 1);
    }
    return counts;
  }

  /** Memory of the service and all its descendants, in MB: resident, shared pages divided among those that have them (PSS). */
  memoryMb() {
    return Object.values(this.usage()).reduce((sum, { memoryMb }) => sum + memoryMb, 0);
  }

  /**
   * What the service and its stores have used since they started: `{service, events, rows}`, each with `cpuMs`, `writtenKb`
   * (handed to the disk) and `memoryMb`.
   */
  usage() {
    const used = {};
    for (const pid of this.processes()) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [user, system] = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .slice(11, 13)
          .map(Number);
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1];
        const written = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1];
        const role = pid === this.child.pid ? 'service' : command.includes('postgres') ? 'rows' : 'events';
        const sum = (used[role] ??= { cpuMs: 0, writtenKb: 0, memoryMb: 0 });
        sum.cpuMs += (user + system) * TICK_MS;
        sum.writtenKb += Number(written) / 1_024;
        sum.memoryMb += Number(pss) / 1_024;
      } catch {
        // ended meanwhile, or not ours to read
      }
    }
    return used;
  }

  /** Ids of the service's process and all its descendants. */
  processes() {
    const parents = new Map();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        // ended meanwhile
      }
    }
    const ours = new Set([this.child.pid]);
    for (let grown = true; grown;) {
      grown = false;
      for (const [pid, parent] of parents)
        if (ours.has(parent) && !ours.has(pid)) grown = Boolean(ours.add(pid));
    }
    return ours;
  }
}
