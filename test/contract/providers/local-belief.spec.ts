import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { DamagedFolderError, readBelow, readPlain, writeBelow } from '../../../src/platform/plain-files.js';
import { isKillable } from '../../../src/platform/process-signal.js';
import { markedProcesses } from '../../../src/providers/local/process-tree.js';
import { removeTree } from '../../../src/platform/remove-tree.js';
import { Type } from '@sinclair/typebox';
import { never, useLocalProvider } from './local-fixture.js';
import { git } from './repository.js';

const fixture = useLocalProvider();
type Spec = ReturnType<typeof fixture.spec>;

const runtimeOf = ({ taskId }: Spec) =>
  JSON.parse(readFileSync(fixture.records(taskId, 'runtime.json'), 'utf8')) as {
    port: number;
    token: string;
  };
/** What a shell command of the agent prints. */
const inSandbox = async (spec: Spec, script: string) => {
  const { stdout } = await new AgentApi(fixture.addressOf(spec.taskId)).call({
    method: 'POST',
    path: '/v1/processes/run',
    body: { command: '/bin/sh', args: ['-c', `${script}\ntrue`] },
    schema: Type.Object({ stdout: Type.String() }),
    signal: never,
    timeoutMs: 10_000,
  });
  return stdout;
};
const started = async (options: Parameters<typeof fixture.open>[0] = {}) => {
  const provider = fixture.open(options);
  const spec = fixture.spec();
  await provider.createSandbox(spec, never);
  await provider.ensureAgent(spec, never);
  return { provider, spec };
};
const pipe = (path: string) => execFileSync('mkfifo', [path]);

describe('what is believed about a sandbox', () => {
  it('kills nobody whom a file names', async () => {
    for (const pid of [1, 0, -1, process.pid, NaN, 1.5]) expect(isKillable(pid)).toBe(false);
    const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    try {
      const { provider, spec } = await started({ namespaces: false });
      for (const pid of [1, bystander.pid!]) {
        const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
        for (const file of [
          fixture.sandbox(spec.taskId, 'agent.pid'),
          fixture.records(spec.taskId, 'agent.pid'),
        ]) {
          writeFileSync(file, line);
        }
        await provider.releaseSandbox(spec.taskId, never);
      }
      expect(process.kill(bystander.pid!, 0)).toBe(true);
      expect(readFileSync(`/proc/${bystander.pid}/stat`, 'latin1')).toMatch(/\) S /);
      expect((await markedProcesses()).get(spec.taskId)).toBeUndefined();
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  it('is read without waiting, following or being flooded', async () => {
    const dir = join(fixture.dir, 'traps');
    mkdirSync(join(dir, 'real'), { recursive: true });
    pipe(join(dir, 'pipe'));
    symlinkSync('/dev/zero', join(dir, 'endless'));
    symlinkSync(join(dir, 'real'), join(dir, 'linked'));
    writeFileSync(join(dir, 'real', 'large'), Buffer.alloc(100));
    for (const name of ['pipe', 'endless', 'real', 'missing']) {
      expect(await readPlain(join(dir, name), 1_000)).toBeUndefined();
    }
    expect(await readPlain('/dev/zero', 1_000)).toBeUndefined();
    expect(await readPlain(join(dir, 'real', 'large'), 99)).toBeUndefined();
    expect(await readBelow(dir, 'real/large', 100)).toHaveLength(100);
    expect(await readBelow(dir, 'linked/large', 100)).toBeUndefined();
    await expect(writeBelow(dir, 'linked/new', 'x', 0o600)).rejects.toBeInstanceOf(DamagedFolderError);
    await writeBelow(dir, 'pipe', 'a file now', 0o600);
    expect(readFileSync(join(dir, 'pipe'), 'utf8')).toBe('a file now');
  });

  it('lets no pipe in place of a branch or record hold up the service', async () => {
    const { provider, spec } = await started();
    const ref = fixture.sandbox(spec.taskId, 'checkout', '.git', 'refs', 'heads', spec.branchName);
    rmSync(ref);
    pipe(ref);
    for (const name of ['runtime.json', 'agent.pid', 'checkout.done'])
      pipe(fixture.sandbox(spec.taskId, name));
    expect(await provider.findSandbox(spec.taskId, never)).not.toBeNull();
    await provider.releaseSandbox(spec.taskId, never);
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: true }, never).catch(() => undefined);
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    expect(existsSync(fixture.sandbox(spec.taskId))).toBe(false);
    expect(existsSync(fixture.records(spec.taskId))).toBe(false);
  });

  it('is taken over once from the first layout, with the agent that runs', async () => {
    const { provider, spec } = await started();
    const endpoint = (await provider.ensureAgent(spec, never)).endpoint;
    const session = await provider.createSession(spec, never);
    // Of this one the first layout knew nothing.
    rmSync(fixture.records(spec.taskId, 'token-covered.json'));
    for (const name of readdirSync(fixture.records(spec.taskId))) {
      renameSync(fixture.records(spec.taskId, name), fixture.sandbox(spec.taskId, name));
    }
    rmSync(fixture.records(spec.taskId), { recursive: true });
    rmSync(join(fixture.dataDir, 'layout.json'));
    const next = fixture.open();
    expect(await next.findSession(spec, never)).toEqual(session);
    expect((await next.ensureAgent(spec, never)).endpoint).toBe(endpoint);
    expect(readdirSync(fixture.sandbox(spec.taskId)).sort()).toEqual(['checkout', 'data', 'home']);
    // Cut short while the originals go, one after the other, it is done to its end by the next.
    const moved = ['agent.log', 'sessions', 'runtime.json', 'agent.pid', 'checkout.done'];
    for (let gone = 1; gone <= moved.length; gone++) {
      for (const name of moved.slice(gone)) {
        cpSync(fixture.records(spec.taskId, name), fixture.sandbox(spec.taskId, name), { recursive: true });
      }
      rmSync(join(fixture.dataDir, 'layout.json'));
      const after = fixture.open();
      expect(await after.findSandbox(spec.taskId, never)).not.toBeNull();
      expect((await after.ensureAgent(spec, never)).endpoint).toBe(endpoint);
      expect(await after.findSession(spec, never)).toEqual(session);
      expect(readdirSync(fixture.sandbox(spec.taskId)).sort()).toEqual(['checkout', 'data', 'home']);
    }
    // What is put there later is not.
    const other = fixture.spec();
    mkdirSync(fixture.sandbox(other.taskId, 'checkout'), { recursive: true });
    writeFileSync(
      fixture.sandbox(other.taskId, 'checkout.done'),
      readFileSync(fixture.records(spec.taskId, 'checkout.done')),
    );
    expect(await fixture.open().findSandbox(other.taskId, never)).toBeNull();
  });
});

describe('an agent of the local provider', () => {
  it('sees its sandbox and its mirror to read, and nothing else of our data', async () => {
    const { spec: other } = await started();
    const secret = join(fixture.dir, 'data', 'secret');
    writeFileSync(secret, 'password');
    const { spec } = await started();
    const { path: mirror } = mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository);
    const look = (path: string) => `cat '${path}' 2>/dev/null; ls '${path}' 2>/dev/null;`;
    const seen = await inSandbox(
      spec,
      [
        secret,
        fixture.sandbox(other.taskId),
        fixture.records(spec.taskId),
        '../../records',
        '../../../data/secret',
      ]
        .map(look)
        .join('\n'),
    );
    expect(seen).toBe('');
    const tried = await inSandbox(
      spec,
      `(echo x >> '${mirror}/config') 2>/dev/null && echo wrote
       (echo x >> '${join(fixture.dataDir, 'agents')}/x') 2>/dev/null && echo wrote
       umount '${fixture.dataDir}' 2>/dev/null && echo unmounted
       ls '${fixture.dataDir}'
       cd '${fixture.sandbox(spec.taskId, 'checkout')}' && git log --oneline | wc -l
       cd /proc/1/cwd && ls ../..`,
    );
    expect(tried.trim().split(/\s+/)).toEqual([
      ...['agents', 'mirrors', 'sandboxes'],
      '1',
      ...['agents', 'mirrors', 'sandboxes'],
    ]);
  });

  it('finds no repository above its sandbox, and has room for a socket', async () => {
    git(fixture.dir, 'init', '--quiet');
    try {
      const { spec } = await started();
      const script = ['$HOME', '$TMPDIR', '$HOME/..']
        .map((folder) => `cd "${folder}" && git rev-parse --show-toplevel 2>/dev/null`)
        .join('\n');
      expect(await inSandbox(spec, script)).toBe('');
      const temp = (await inSandbox(spec, 'echo "$TMPDIR"')).trim();
      expect(temp.length).toBeLessThan(48);
      expect(statSync(temp).mode & 0o777).toBe(0o700);
      const server = createServer();
      await new Promise<void>((resolve, reject) =>
        server
          .on('error', reject)
          .listen(join(temp, 'a-socket-with-quite-a-long-name-of-its-own.sock'), resolve),
      );
      await new Promise((resolve) => server.close(resolve));
      await fixture.open().destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
      expect(existsSync(temp)).toBe(false);
    } finally {
      rmSync(join(fixture.dir, '.git'), { recursive: true });
    }
  });

  it('is installed only if it is among those that are allowed', async () => {
    const { provider, spec } = await started({ agents: ['mock'] });
    await expect(provider.ensureAgent({ ...spec, agentType: 'claude' }, never)).rejects.toMatchObject({
      code: 'agent_not_allowed',
      retryable: false,
    });
  });

  it.each([true, false])(
    'shows its token to nobody who lists processes (namespaces: %s)',
    async (namespaces) => {
      const { spec } = await started({ namespaces });
      const { token } = runtimeOf(spec);
      const shown = ((await markedProcesses()).get(spec.taskId) ?? []).map((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
      );
      expect(shown.some((words) => words.includes('--token'))).toBe(true);
      expect(shown.filter((words) => words.includes(token))).toEqual([]);
    },
  );

  it('that a Slipway left behind with its token in sight is covered by the next', async () => {
    const { spec } = await started();
    const { token } = runtimeOf(spec);
    const shows = (secret: string) => async (pid: number) =>
      (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).includes(secret);
    const showing = async (secret: string) => {
      const pids = (await markedProcesses()).get(spec.taskId) ?? [];
      const found = await Promise.all(pids.map(shows(secret)));
      return pids.filter((_, index) => found[index]);
    };
    // As it was before it was covered: killed in between, we would have left it so.
    const blots = 'x'.repeat(token.length);
    for (const pid of await showing(blots)) {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
      const [start, end] = [Number(fields[45]), Number(fields[46])];
      const memory = await open(`/proc/${pid}/mem`, 'r+');
      const { buffer } = await memory.read(Buffer.alloc(end - start), 0, end - start, start);
      await memory.write(Buffer.from(token), 0, token.length, start + buffer.indexOf(blots));
      await memory.close();
    }
    rmSync(fixture.records(spec.taskId, 'token-covered.json'));
    expect(await showing(token)).toHaveLength(1);
    await fixture.open().ensureAgent(spec, never);
    expect(await showing(token)).toEqual([]);
    expect(await showing(blots)).toHaveLength(1);
  });
});

describe('git of ours', () => {
  it('runs nothing that was planted in a mirror', async () => {
    const { spec } = await started();
    const { path: mirror } = mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository);
    const trace = join(fixture.dir, 'mirror.trace');
    const program = join(fixture.dir, 'mirror.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${trace}'\n`, { mode: 0o755 });
    const plant = () => {
      const included = join(fixture.dir, 'included');
      writeFileSync(included, `[core]\n\talternateRefsCommand = ${program}\n\tfsmonitor = ${program}\n`);
      for (const [name, value] of [
        ['core.alternateRefsCommand', program],
        ['core.sshCommand', program],
        ['core.gitProxy', program],
        ['uploadpack.packObjectsHook', program],
        ['diff.external', program],
        ['gpg.program', program],
        ['include.path', included],
        ['filter.x.smudge', program],
      ] as const) {
        git(mirror, 'config', name, value);
      }
      mkdirSync(join(mirror, 'hooks'), { recursive: true });
      symlinkSync(program, join(mirror, 'hooks', 'reference-transaction'));
      mkdirSync(join(mirror, 'info'), { recursive: true });
      writeFileSync(join(mirror, 'info', 'attributes'), '* filter=x\n');
      mkdirSync(join(mirror, 'objects', 'info'), { recursive: true });
      writeFileSync(
        join(mirror, 'objects', 'info', 'alternates'),
        join(fixture.repository, '.git', 'objects'),
      );
      // A clone looks here first.
      git(mirror, 'init', '--quiet', '--bare', join(mirror, '.git'));
      rmSync(trace, { force: true });
    };
    plant();
    // (The trap works: a fetch without precautions springs it.)
    git(mirror, '--git-dir', mirror, 'fetch', '--quiet', fixture.repository, 'HEAD');
    expect(existsSync(trace)).toBe(true);
    for (const name of ['hooks', '.git']) rmSync(join(mirror, name), { recursive: true });
    plant();
    const provider = fixture.open();
    await provider.createSandbox(fixture.spec(), never);
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: true }, never);
    expect(existsSync(trace)).toBe(false);
    expect(existsSync(join(mirror, 'objects', 'info', 'alternates'))).toBe(false);
    expect(readFileSync(join(mirror, 'config'), 'utf8')).not.toContain(program);
    expect(existsSync(join(mirror, '.git'))).toBe(false);
  });

  it.each(['HEAD', 'config', 'packed-refs', 'refs', 'objects'])(
    'does not wait at a pipe in place of the %s of a mirror',
    async (name) => {
      const provider = fixture.open();
      await provider.createSandbox(fixture.spec(), never);
      const { path: mirror } = mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository);
      rmSync(join(mirror, name), { recursive: true, force: true });
      pipe(join(mirror, name));
      const spec = fixture.spec();
      await fixture.open().createSandbox(spec, never);
      expect(git(fixture.sandbox(spec.taskId, 'checkout'), 'log', '--format=%s')).toBe('more');
    },
  );
});

describe('the folder of temporary files', () => {
  it('goes with the last of them, and comes again', async () => {
    const dataDir = join(fixture.dir, 'temporary');
    const spec = fixture.spec();
    const parent = async () =>
      (JSON.parse(await readFile(join(dataDir, 'temp.json'), 'utf8')) as { path: string }).path;
    for (const round of [1, 2]) {
      const provider = fixture.open({ dataDir });
      await provider.createSandbox(spec, never);
      await provider.ensureAgent(spec, never);
      const path = await parent();
      await provider.close();
      // As long as somebody needs it, it stays.
      expect([round, existsSync(path)]).toEqual([round, true]);
      const next = fixture.open({ dataDir });
      await next.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
      await next.close();
      expect([round, existsSync(path)]).toEqual([round, false]);
    }
  });
});

describe('removing a sandbox', () => {
  it('gets rid of folders that are too deep for a path, and of read-only ones', async () => {
    const dir = join(fixture.dir, 'deep');
    const script = `mkdir "$1" && cd "$1" && i=0 && while [ $i -lt 60 ]; do
      mkdir ${'d'.repeat(200)} && cd -P ./${'d'.repeat(200)} && i=$((i+1)); done; chmod 500 . ..`;
    execFileSync('/bin/sh', ['-c', script, 'sh', dir], { stdio: 'ignore' });
    await removeTree(dir);
    expect(existsSync(dir)).toBe(false);
  });
});

describe('a data directory that was moved', () => {
  it('has checkouts that work, and starts their agents in the new place', async () => {
    const { provider, spec } = await started();
    await provider.createSession(spec, never);
    // The process that has the directory open writes to it where it was.
    await provider.close();
    const moved = join(fixture.dir, 'moved');
    renameSync(fixture.dataDir, moved);
    try {
      const next = fixture.open({ dataDir: moved });
      const path = (await next.findSandbox(spec.taskId, never))?.path ?? '';
      expect(path).toBe(join(moved, 'sandboxes', spec.taskId, 'checkout'));
      expect(git(path, 'status', '--porcelain')).toBe('');
      expect(git(path, 'log', '--format=%s')).toBe('more');
      await expect(next.createSession(spec, never)).resolves.toMatchObject({
        agentSessionId: expect.any(String),
      });
      await next.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    } finally {
      renameSync(moved, fixture.dataDir);
    }
  });
});
