import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPlain } from '../../../src/platform/plain-sockets.js';
import type { DockerOptions } from '../../../src/providers/docker/docker-options.js';
import { openContainerPort } from '../../../src/providers/docker/port-door.js';
import { createDockerProvider } from '../../../src/providers/docker/docker-provider.js';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { Attached } from './attached.js';
import { dockerOptions, HAS_ENGINE, IMAGE } from './docker-fixture.js';
import { eventually } from './eventually.js';
import { makeRepository } from './repository.js';

const never = new AbortController().signal;
const [describeEngine, without] = HAS_ENGINE ? [describe, ''] : [describe.skip, ' (skipped: no engine)'];
const Run = Type.Object({
  stdout: Type.String(),
  stderr: Type.String(),
  exitCode: Type.Union([Type.Integer(), Type.Null()]),
});

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** What an agent of the sandbox could do: everything is tried from inside. */
describeEngine(`an agent in a container${without}`, () => {
  let dir: string;
  let repository: string;
  let control: Server;
  let port: number;
  const opened: SandboxProvider[] = [];

  const open = (name: string, more: Partial<DockerOptions> = {}) => {
    const provider = createDockerProvider(dockerOptions(join(dir, name), dir, more));
    opened.push(provider);
    const make = async (envId?: string) => {
      const taskId = randomUUID();
      const spec = {
        taskId,
        repoRemote: repository,
        branchName: `feat/${taskId.slice(0, 8)}`,
        agentType: 'mock',
        envId,
      };
      const { sandboxId } = await provider.createSandbox(spec, never);
      await provider.ensureAgent({ ...spec, sandboxId }, never);
      const door = join(dir, name, 'run', taskId, 'door');
      const api = new AgentApi({ connect: () => connectPlain(door, 'agent.sock') });
      /** Runs a shell's lines in the sandbox. */
      const run = (script: string, timeoutMs = 60_000) =>
        api.call({
          ...{ method: 'POST', path: '/v1/processes/run', schema: Run, signal: never, timeoutMs },
          body: { command: '/bin/bash', args: ['-c', script], cwd: '/slipway/task/checkout', timeoutMs },
        });
      const says = async (script: string) => (await run(`${script}\ntrue`)).stdout.trim();
      return { ...spec, sandboxId, door, run, says, folder: join(dir, name, 'sandboxes', taskId) };
    };
    return { provider, make };
  };
  /** Whether a TCP connection comes about, tried by bash itself. */
  const reaches = (host: string, at: number) =>
    `timeout 3 bash -c 'exec 3<>/dev/tcp/${host}/${at}' 2>/dev/null && echo reached || echo no`;
  const throughProxy = (url: string) =>
    `curl -s -o /dev/null -m 10 -w '%{http_code} %{http_connect}' --noproxy '' -p -x http://127.0.0.1:3128 ${url}`;

  beforeAll(async () => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-docker-')));
    repository = makeRepository(join(dir, 'repo'));
    // It stands for the control plane and its stores, and listens on every address of the machine as careless ones do.
    control = createServer((_, answer) => answer.end('secret of the service'));
    await new Promise<void>((resolve) => control.listen(0, '0.0.0.0', resolve));
    ({ port } = control.address() as AddressInfo);
  });
  afterAll(async () => {
    for (const provider of opened) {
      // Some have no engine.
      for (const { taskId } of await provider.listSandboxes(never).catch(() => []))
        await provider.destroySandbox({ taskId, keepBranch: false }, never);
      await provider.close();
    }
    control?.close();
    control?.closeAllConnections();
    rmSync(dir, { recursive: true, force: true });
  });

  const ownAddresses = () =>
    Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address);

  it('is nobody: no root, no rights and no way to get any', async () => {
    const { says } = await open('rights').make();
    expect(Number(await says('id -u'))).toBeGreaterThan(0);
    expect(
      await says("grep -E '^(CapPrm|CapEff|CapBnd):' /proc/self/status | grep -vc 0000000000000000"),
    ).toBe('0');
    expect(await says('grep NoNewPrivs /proc/self/status | tr -dc 0-9')).toBe('1');
    expect(await says('grep Seccomp: /proc/self/status | tr -dc 0-9')).toBe('2');
    for (const attempt of [
      'touch /usr/bin/mine',
      'echo mine::0:0::/:/bin/sh >> /etc/passwd',
      'mount -t tmpfs none /mnt',
      'unshare -U true',
      'mknod /tmp/sda b 8 0',
      'dmesg >/dev/null',
      'kill -9 1; sleep 0.2; false',
      'su -c true',
    ])
      expect([attempt, await says(`(${attempt}) >/dev/null 2>&1 && echo done || echo refused`)]).toEqual([
        attempt,
        'refused',
      ]);
  });

  it('reaches no store, no control plane, no other container, no metadata and no engine', async () => {
    const { provider, make } = open('network');
    const [one, other] = [await make(), await make()];
    // It is there for who may: this machine.
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('secret of the service');
    expect(await one.says("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo');
    for (const address of [...ownAddresses(), '169.254.169.254', 'localhost'])
      expect([address, await one.says(reaches(address, port))]).toEqual([address, 'no']);
    expect(await one.says(reaches('169.254.169.254', 80))).toBe('no');
    expect(
      await one.says('find / -xdev -name "docker*.sock" 2>/dev/null; ls /var/run/docker.sock 2>/dev/null'),
    ).toBe('');
    // The other's folder, door and processes.
    expect(await one.says(`ls -d ${dir} ${other.folder} ${other.door} 2>/dev/null`)).toBe('');
    expect(
      await one.says(
        `cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '${other.taskId.slice(0, -1)}[${other.taskId.at(-1)}]'`,
      ),
    ).toBe('0');
    expect(await one.says('grep -c . <(ls /slipway /slipway/task/..)')).not.toContain(other.taskId);
    expect(await provider.findSandbox(other.taskId, never)).not.toBeNull();
  });

  it('gets out by the proxy only, to what is listed or public, and never to this machine', async () => {
    const open4 = open('open', { egress: { policy: 'open', hosts: [] } });
    const free = await open4.make();
    for (const host of [
      ...ownAddresses(),
      'localhost',
      '0.0.0.0',
      '127.1',
      '2130706433',
      '[::ffff:127.0.0.1]',
    ])
      expect([host, await free.says(throughProxy(`http://${host}:${port}/`))]).toEqual([host, '000 403']);
    expect(await free.says(throughProxy('http://169.254.169.254/latest/meta-data'))).toBe('000 403');
    expect(
      await free.says(`curl -s -m 10 --noproxy '' -x http://127.0.0.1:3128 http://127.0.0.1:${port}/`),
    ).toContain('no public address');
    // What is listed as such is reached, on its port: the proxy is there, also for programs that are told of none.
    const [here = ''] = ownAddresses().filter((address) => !address.startsWith('127.'));
    const listed = { policy: 'allow-list', hosts: [`${here}:${port}`] } as const;
    const some = await open('listed', { egress: listed }).make();
    expect(await some.says(`curl -s -m 10 http://${here}:${port}/`)).toBe('secret of the service');
    expect(await some.says(`curl -s -m 10 -p http://${here}:${port}/`)).toBe('secret of the service');
    expect(await some.says(throughProxy(`http://${here}:${port + 1}/`))).toBe('000 403');
    expect(
      await some.says(
        'touch /slipway/egress/x 2>/dev/null; rm -f /slipway/egress/egress.sock 2>/dev/null; ls /slipway/egress',
      ),
    ).toBe('egress.sock');
  });

  it('takes no more than its share of processes, memory and files, and others do not notice', async () => {
    const { provider, make } = open('limits');
    const [greedy, other] = [await make(), await make()];
    const bomb = `const { spawn } = require('child_process'); let started = 0;
      for (let i = 0; i < 1000; i++) {
        const child = spawn('sleep', ['300'], { stdio: 'ignore', detached: true });
        child.on('error', () => undefined);
        if (child.pid) started++;
      }
      setTimeout(() => { console.log(started); process.exit() }, 300)`;
    const started = Number((await greedy.run(`node -e "${bomb}"`)).stdout);
    expect(started).toBeGreaterThan(100);
    expect(started).toBeLessThan(256);
    const hungry = await other.run("node -e 'const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))'");
    expect(hungry.exitCode).not.toBe(0);
    expect(
      await other.says(
        'dd if=/dev/zero of=/tmp/full bs=1M count=100 2>&1 | grep -o "No space left"; rm /tmp/full',
      ),
    ).toBe('No space left');
    expect(
      await other.says(
        'dd if=/dev/zero of=../home/full bs=1M count=400 2>/dev/null; stat -c %s ../home/full',
      ),
    ).toBe(String(256 << 20));
    expect(await other.says('rm ../home/full; echo well')).toBe('well');
    // Released and taken up again, it has its files and nothing of the rest.
    await provider.releaseSandbox(greedy.taskId, never);
    await provider.ensureAgent(greedy, never);
    expect(await greedy.says('pgrep -c sleep; git status --porcelain')).toBe('0');
  });

  it('changes nothing that our git reads or runs', async () => {
    const { provider, make } = open('git');
    const task = await make();
    // Each would leave a file on this machine if one of our gits ran it.
    const evil = `#!/bin/sh\ntouch ${dir}/ran\n`;
    const config = ['core.fsmonitor', 'core.sshCommand', 'core.alternateRefsCommand', 'core.gitProxy'];
    await task.run(
      [
        'echo mine > mine; git add mine; git commit -qm mine; mkdir -p .git/hooks',
        'for hook in pre-push reference-transaction post-index-change post-checkout pre-auto-gc; do',
        `  printf '${evil.replaceAll('\n', '\\n')}' > .git/hooks/$hook; chmod +x .git/hooks/$hook`,
        'done',
        ...config.map((name) => `git config ${name} ${task.folder}/checkout/.git/hooks/pre-push`),
        'echo more > more',
      ].join('\n'),
    );
    expect(await task.says('ls .git/hooks | grep -vc sample; git config core.gitProxy | wc -l')).toBe('5\n1');
    const mirror = await task.says('ls -d /mirrors/*.git/objects');
    expect(
      await task.says(
        `touch ${mirror}/x 2>/dev/null || echo refused; chmod 777 ${mirror} 2>/dev/null || echo refused`,
      ),
    ).toBe('refused\nrefused');
    expect(await task.says('ls /mirrors/*.git')).toBe('objects');
    const pushed = await provider.pushBranch!(
      {
        ...{ taskId: task.taskId, workspaceId: 'default', branchName: task.branchName, name: 'p1' },
        ...{ includeUncommitted: true, message: 'rest', author: { name: 'A', email: 'a@example.invalid' } },
        ...{ at: new Date(0).toISOString(), lastPushed: null, force: false },
      },
      never,
    );
    expect(
      execFileSync('git', ['show', `${pushed.commit}:mine`], { cwd: repository, encoding: 'utf8' }),
    ).toBe('mine\n');
    expect(existsSync(join(dir, 'ran'))).toBe(false);
    // All that is in its folder is its own: of nobody else on this machine, least of all root.
    const owners = execFileSync('find', [task.folder, '-printf', '%U\n'], { encoding: 'utf8' });
    expect([...new Set(owners.trim().split('\n'))]).toEqual([await task.says('id -u')]);
  });

  it('does not lead the service elsewhere through its door', async () => {
    const { provider, make } = open('door');
    const task = await make();
    const secret = join(dir, 'door', 'secret.sock');
    let asked = 0;
    const other = createServer((_, answer) => answer.end(`{"status":"ok","asked":${++asked}}`));
    await new Promise<void>((resolve) => other.listen(secret, resolve));
    try {
      const links = ['ports.sock', 'agent.sock'].map((name) => `ln -sf ${secret} /slipway/door/${name}`);
      await task.run(links.join('\n'), 5_000).catch(() => undefined);
      const isLink = (name: string) => lstatSync(join(task.door, name)).isSymbolicLink();
      await eventually(() => isLink('ports.sock') && isLink('agent.sock'), 'the links');
      await expect(openContainerPort(task.door, 80, never)).rejects.toMatchObject({
        code: 'agent_unreachable',
      });
      await expect(task.run('true', 2_000)).rejects.toMatchObject({ name: 'AgentLostError' });
      expect(asked).toBe(0);
    } finally {
      other.close();
    }
    // And it is found out: the next attempt gives it a container anew.
    await provider.ensureAgent(task, never);
    expect(await task.says('echo back')).toBe('back');
  });

  it('outlives nothing: what it starts ends with its sandbox, in whatever way it hides', async () => {
    const { provider, make } = open('outlive');
    const task = await make();
    const mark = `outlive-${task.taskId}`;
    const alive = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
        } catch {
          return false;
        }
      });
    await task.run(
      `trap '' TERM HUP; env -i setsid nohup bash -c 'trap "" TERM; exec -a ${mark} sleep 999' >/dev/null 2>&1 & disown; sleep 0.3`,
    );
    await eventually(() => alive().length > 0, 'the hidden process');
    await provider.releaseSandbox(task.taskId, never);
    expect(alive()).toEqual([]);
    await provider.destroySandbox({ taskId: task.taskId, keepBranch: false }, never);
    expect(
      execFileSync('docker', ['ps', '-aq', '--filter', `label=slipway.task=${task.taskId}`], {
        encoding: 'utf8',
      }),
    ).toBe('');
    expect(existsSync(task.folder)).toBe(false);
    expect(existsSync(join(task.door, '..'))).toBe(false);
  });

  it('shows no secret in what the engine tells of it: not in arguments, labels or variables', async () => {
    process.env['TEST_MODEL_KEY'] = `key-${randomUUID()}`;
    try {
      const { make } = open('secrets', { agentEnv: ['TEST_MODEL_KEY'] });
      const task = await make();
      const told = execFileSync('docker', ['inspect', `slipway-${task.taskId}`], { encoding: 'utf8' });
      expect(told).not.toContain(process.env['TEST_MODEL_KEY']);
      expect(told).not.toMatch(/--token/);
      expect(JSON.parse(told)).toMatchObject([{ HostConfig: { Privileged: false, PortBindings: {} } }]);
      expect(await task.says('echo $TEST_MODEL_KEY')).toBe(process.env['TEST_MODEL_KEY']);
    } finally {
      delete process.env['TEST_MODEL_KEY'];
    }
  });

  it("gets its project's variables, and so does its setup, without the engine's knowing", async () => {
    const value = `two\nlines of "$HOME" and \\ ${randomUUID()}`;
    const envs = {
      open: (envId: string) =>
        Promise.resolve<Record<string, string>>(envId === 'of-project' ? { SEALED: value } : {}),
    };
    const { provider, make } = open('variables', { envs });
    const task = await make('of-project');
    expect((await task.run('printf %s "$SEALED"')).stdout).toBe(value);
    const setup = {
      taskId: task.taskId,
      sandboxId: task.sandboxId,
      commands: 'printf %s "$SEALED" > ../home/seen',
      run: 1,
    };
    await provider.runSetup!(setup, never);
    expect((await task.run('cat ../home/seen')).stdout).toBe(value);
    const told = execFileSync('docker', ['inspect', `slipway-${task.taskId}`], { encoding: 'utf8' });
    expect(told).not.toContain(value.slice(-36));
  });

  it("cannot take a name that is somebody else's, and says so, and leaves that one alone", async () => {
    const { provider } = open('taken');
    const taskId = randomUUID();
    const spec = {
      taskId,
      repoRemote: repository,
      branchName: 'feat/taken',
      agentType: 'mock',
      sandboxId: '',
    };
    await provider.createSandbox(spec, never);
    // It is called as ours would be, runs, and says that it is the task's: of another service.
    const labels = [`slipway.task=${taskId}`, 'slipway.role=agent', `slipway.service=${randomUUID()}`];
    const stranger = docker(
      ...['run', '-d', '--network', 'none', '--name', `slipway-${taskId}`],
      ...labels.flatMap((label) => ['--label', label]),
      ...[IMAGE, 'sleep', '600'],
    );
    try {
      await expect(provider.ensureAgent(spec, never)).rejects.toMatchObject({
        code: 'sandbox_name_taken',
        retryable: false,
      });
      expect(await provider.listSandboxes(never)).toMatchObject([{ taskId, running: false }]);
      await provider.destroySandbox({ taskId, keepBranch: false }, never);
      expect(docker('inspect', '-f', '{{.State.Running}}', stranger)).toBe('true');
      await provider.createSandbox(spec, never);
    } finally {
      docker('rm', '-f', stranger);
    }
    expect((await provider.ensureAgent(spec, never)).endpoint).toBeUndefined();
  });

  it('goes on after its container was removed by hand, or ended with its engine: the same files, its session taken up', async () => {
    const { provider, make } = open('removed');
    const task = await make();
    const spec = { ...task, sessionId: randomUUID() };
    const { agentSessionId } = await provider.createSession(spec, never);
    await task.run('echo mine > mine');
    for (const end of [['rm', '-f'], ['kill']]) {
      docker(...end, `slipway-${task.taskId}`);
      expect(await provider.listSandboxes(never)).toMatchObject([{ complete: true, running: false }]);
      const session = { ...spec, agentSessionId, recap: () => Promise.resolve('What was said.') };
      expect(await provider.attachSession(session, { start: false }, never)).toBeNull();
      const over = new AbortController();
      const attached = new Attached(
        (await provider.attachSession(session, { start: true }, over.signal))!,
        over,
      );
      expect(attached.channel.how).not.toBe('same');
      await attached.turn('!say here again');
      expect(attached.text).toContain('here again');
      await attached.detach();
      expect(await task.says('cat mine')).toBe('mine');
    }
  });

  it('goes on in a new container after the engine has started its own anew, to which nobody gives variables', async () => {
    const { provider, make } = open('restarted');
    const task = await make();
    const name = `slipway-${task.taskId}`;
    const id = () => docker('inspect', '-f', '{{.Id}}', name);
    const before = id();
    docker('restart', '--time', '0', name);
    await provider.ensureAgent(task, never);
    expect(id()).not.toBe(before);
    expect(await task.says('echo well')).toBe('well');
    expect(docker('ps', '-aq', '--filter', `label=slipway.task=${task.taskId}`).split('\n')).toHaveLength(1);
  });

  it('is made anew where its container was made and never started, and a container without a checkout is listed', async () => {
    const { provider, make } = open('half');
    const task = await make();
    const name = `slipway-${task.taskId}`;
    const service = docker('inspect', '-f', '{{index .Config.Labels "slipway.service"}}', name);
    const half = (taskId: string) => {
      const labels = [`slipway.task=${taskId}`, 'slipway.role=agent', `slipway.service=${service}`];
      docker(
        ...['create', '--name', `slipway-${taskId}`],
        ...labels.flatMap((label) => ['--label', label]),
        IMAGE,
        'true',
      );
    };
    docker('rm', '-f', name);
    half(task.taskId);
    await provider.ensureAgent(task, never);
    expect(await task.says('echo well')).toBe('well');
    const orphan = randomUUID();
    half(orphan);
    expect(await provider.listSandboxes(never)).toContainEqual(
      expect.objectContaining({ taskId: orphan, complete: false, running: false }),
    );
    await provider.destroySandbox({ taskId: orphan, keepBranch: false }, never);
    expect((await provider.listSandboxes(never)).map(({ taskId }) => taskId)).toEqual([task.taskId]);
  });

  it('works on while the engine is away and is found again; an engine without room says so', async () => {
    let isFull = false;
    const sockets = new Set<Socket>();
    const engine = join(dir, 'engine.sock');
    // What is between us and the engine.
    const between = createNetServer((client) => {
      const behind = connect('/var/run/docker.sock');
      for (const each of [client, behind])
        sockets.add(
          each.on('error', () => undefined).on('close', () => [client, behind].map((it) => it.destroy())),
        );
      behind.pipe(client);
      client.on('data', (data: Buffer) => {
        if (!isFull || !data.toString('latin1').startsWith('POST /containers/create'))
          return behind.write(data);
        const said = '{"message":"mkdir /var/lib/docker/overlay2/1f: no space left on device"}';
        return client.end(
          `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: ${said.length}\r\n\r\n${said}`,
        );
      });
    });
    const listen = () => new Promise<void>((resolve) => between.listen(engine, resolve));
    const leave = async () => {
      const closed = new Promise((resolve) => between.close(resolve));
      sockets.forEach((each) => each.destroy());
      await closed;
    };
    await listen();
    try {
      const { provider, make } = open('away-and-back', { engine: `unix://${engine}` });
      const task = await make();
      const started = docker('inspect', '-f', '{{.Id}} {{.State.StartedAt}}', `slipway-${task.taskId}`);
      await leave();
      await expect(provider.ensureAgent(task, never)).rejects.toMatchObject({
        code: 'engine_unreachable',
        retryable: true,
      });
      expect(await task.says('echo still here')).toBe('still here');
      await listen();
      await provider.ensureAgent(task, never);
      expect(docker('inspect', '-f', '{{.Id}} {{.State.StartedAt}}', `slipway-${task.taskId}`)).toBe(started);
      isFull = true;
      await provider.releaseSandbox(task.taskId, never);
      await expect(provider.ensureAgent(task, never)).rejects.toMatchObject({
        code: 'sandbox_disk_full',
        message: expect.stringContaining('no space left on device') as never,
      });
      isFull = false;
      await provider.ensureAgent(task, never);
      await provider.destroySandbox({ taskId: task.taskId, keepBranch: false }, never);
      await provider.close();
    } finally {
      await leave();
    }
  });

  it('says what is missing: an engine, an image, one that is for sandboxes', async () => {
    const taskId = randomUUID();
    const spec = {
      taskId,
      repoRemote: repository,
      branchName: `feat/${taskId.slice(0, 8)}`,
      agentType: 'mock',
      sandboxId: '',
    };
    const away = open('away', { engine: `unix://${join(dir, 'nothing.sock')}` }).provider;
    await expect(away.createSandbox(spec, never)).rejects.toMatchObject({
      code: 'engine_unreachable',
      retryable: true,
    });
    const far = open('far', { engine: 'tcp://engine.example.com:2375' }).provider;
    await expect(far.createSandbox(spec, never)).rejects.toMatchObject({
      code: 'engine_unsupported',
      retryable: false,
    });
    const missing = open('missing', { image: 'no-such-image:ever' }).provider;
    await missing.createSandbox(spec, never);
    await expect(missing.ensureAgent(spec, never)).rejects.toMatchObject({
      code: 'image_missing',
      retryable: false,
    });
    writeFileSync(join(dir, 'empty'), '');
    execFileSync('sh', ['-c', `tar -cC ${dir} empty | docker import - slipway-test-unfit:latest`]);
    try {
      const unfit = open('unfit', { image: 'slipway-test-unfit:latest' }).provider;
      await unfit.createSandbox(spec, never);
      await expect(unfit.ensureAgent(spec, never)).rejects.toMatchObject({
        code: 'image_missing',
        message: expect.stringContaining('slipway.sandbox=1') as never,
      });
    } finally {
      execFileSync('docker', ['rmi', 'slipway-test-unfit:latest']);
    }
  });
});
