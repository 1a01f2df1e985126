import { beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentApi } from '../../../src/providers/local/agent-api.js';
import { sandboxUser } from '../../../src/providers/local/sandbox-user.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';

const Run = Type.Object({ stdout: Type.String(), stderr: Type.String() });

/** To give users of their own takes root, which CI is. */
const asRoot = process.geteuid?.() === 0 ? describe : describe.skip;

asRoot('a local sandbox with a user of its own', () => {
  const fixture = useLocalProvider({
    'README.md': 'hello\n',
    '.slipway/setup.sh': 'id -u > ../home/setup-by',
  });
  const warnings: unknown[] = [];
  const log = { info: () => undefined, warn: (...said: unknown[]) => void warnings.push(said) };
  const open = (ownUsers = true) => fixture.open({ ownUsers, log });

  beforeAll(() => {
    // A folder that others may pass, as below /var/lib.
    chmodSync(fixture.dir, 0o711);
    mkdirSync(fixture.dataDir, { mode: 0o700 });
    writeFileSync(join(fixture.dataDir, 'secret'), 'of the service', { mode: 0o644 });
  });

  const says = async (taskId: string, script: string) => {
    const api = new AgentApi(fixture.addressOf(taskId));
    const { stdout } = await api.call({
      ...{ method: 'POST', path: '/v1/processes/run', schema: Run, signal: never, timeoutMs: 60_000 },
      body: {
        ...{ command: '/bin/sh', args: ['-c', `${script}\ntrue`], timeoutMs: 60_000 },
        cwd: fixture.sandbox(taskId, 'checkout'),
      },
    });
    return stdout.trim();
  };
  const make = async (provider: SandboxProvider) => {
    const spec = fixture.spec();
    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    return spec;
  };
  const ownersOf = (folder: string) => [
    ...new Set(execFileSync('find', [folder, '-printf', '%U\n'], { encoding: 'utf8' }).trim().split('\n')),
  ];

  it('runs as nobody else does, without rights, and at home', async () => {
    const provider = open();
    const [one, other] = [await make(provider), await make(provider)];
    const { uid } = sandboxUser(one.taskId);
    expect(warnings).toEqual([]);
    const told = await says(one.taskId, 'id -u; id -G; whoami; echo x > "$TMPDIR/x" && cat "$TMPDIR/x"');
    expect(told.split('\n')).toEqual([`${uid}`, `${uid}`, 'agent', 'x']);
    expect(await says(other.taskId, 'id -u')).toBe(String(sandboxUser(other.taskId).uid));
    const status = await says(
      one.taskId,
      "grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs):' /proc/self/status",
    );
    expect(status.match(/0000000000000000/g)).toHaveLength(5);
    expect(status).toMatch(/NoNewPrivs:\s1/);
    // Its checkout is its own, with the objects that it borrows.
    expect(
      await says(one.taskId, 'echo more >> README.md && git commit -qam more && git log --format=%an -1'),
    ).toBe('Slipway agent');
    await provider.runSetup!({ taskId: one.taskId, sandboxId: one.sandboxId, run: 1 }, never);
    expect(readFileSync(fixture.sandbox(one.taskId, 'home', 'setup-by'), 'utf8').trim()).toBe(String(uid));
    expect(ownersOf(fixture.sandbox(one.taskId))).toEqual([String(uid)]);
  });

  it('reaches nothing of the service, of root or of another sandbox', async () => {
    const provider = open();
    const [one, other] = [await make(provider), await make(provider)];
    const others = fixture.sandbox(other.taskId);
    const { dataDir } = fixture;
    for (const attempt of [
      `cat ${join(dataDir, 'secret')}`,
      `ls ${others}`,
      `ls ${join(dataDir, 'records')}`,
      `unshare -Ur true && unshare -Urm umount ${dataDir} && cat ${join(dataDir, 'secret')}`,
      `unshare -Urm umount ${dataDir}`,
      `cat /proc/${fixture.pidOf(other.taskId)}/environ`,
      `kill -9 ${process.pid}`,
      'cat /etc/shadow',
      'ls /root',
      'touch /etc/mine',
      'echo x >> /etc/passwd',
      'mount -t tmpfs none /mnt',
      'su -c true',
      `touch ${join(dataDir, 'mirrors')}/*/mine`,
      'ls /var/run/docker.sock && curl -sf --unix-socket /var/run/docker.sock http://x/info',
    ])
      expect([
        attempt,
        await says(one.taskId, `(${attempt}) >/dev/null 2>&1 && echo done || echo refused`),
      ]).toEqual([attempt, 'refused']);
  });

  it('is not taken for another one, whatever its processes say', async () => {
    const provider = open();
    const [one, other] = [await make(provider), await make(provider)];
    const forged = `SLIPWAY_SANDBOX=${other.taskId}`;
    await says(one.taskId, `for i in 1 2 3; do ${forged} setsid sleep 998 >/dev/null 2>&1 & done; sleep 0.1`);
    await provider.releaseSandbox(other.taskId, never);
    expect((await provider.listSandboxes(never)).find(({ taskId }) => taskId === other.taskId)).toMatchObject(
      {
        running: false,
      },
    );
    expect(await says(one.taskId, 'pgrep -c -f "sleep 99[8]"')).toBe('3');
  });

  it('is who it was after a restart, ends with all that it started, and leaves nothing', async () => {
    const first = open();
    const spec = await make(first);
    const { taskId } = spec;
    const { uid } = sandboxUser(taskId);
    const pid = fixture.pidOf(taskId);
    const again = open();
    await again.ensureAgent(spec, never);
    expect(fixture.pidOf(taskId)).toBe(pid);
    const hidden = () =>
      readdirSync('/proc').filter((name) => {
        try {
          return (
            /^\d+$/.test(name) &&
            new RegExp(`^Uid:\\s${uid}\\s`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'))
          );
        } catch {
          return false;
        }
      });
    await says(taskId, 'env -i setsid nohup sleep 999 >/dev/null 2>&1 & sleep 0.1');
    expect(hidden().length).toBeGreaterThan(1);
    await again.releaseSandbox(taskId, never);
    await eventually(() => hidden().length === 0, 'all of it to end');
    await again.ensureAgent(spec, never);
    expect(await says(taskId, 'id -u')).toBe(String(uid));
    await again.destroySandbox({ taskId, keepBranch: false }, never);
    await eventually(() => hidden().length === 0, 'the rest to end');
    expect(execFileSync('find', [fixture.dir, '-uid', String(uid)], { encoding: 'utf8' })).toBe('');
  });

  it('has none where others cannot pass to its folder, and its task says so', async () => {
    chmodSync(fixture.dir, 0o700);
    try {
      const made = await open().createSandbox(fixture.spec(), never);
      expect(made.notices).toEqual([expect.stringMatching(/^Agents run as root/)]);
    } finally {
      chmodSync(fixture.dir, 0o711);
      warnings.length = 0;
    }
  });

  it('takes over what was made for another user, and gives it back', async () => {
    const spec = await make(open(false));
    expect(await open(false).findSandbox(spec.taskId, never)).not.toHaveProperty('notices');
    expect(await says(spec.taskId, 'id -u')).toBe('0');
    expect(warnings.map(String).join()).toMatch(/Agents run as root/);
    const provider = open();
    for (const [ownUsers, uid] of [
      [true, sandboxUser(spec.taskId).uid],
      [false, 0],
    ] as const) {
      await provider.releaseSandbox(spec.taskId, never);
      await open(ownUsers).ensureAgent(spec, never);
      expect(await says(spec.taskId, 'id -u; touch mine "$TMPDIR/mine" && echo written')).toBe(
        `${uid}\nwritten`,
      );
      expect(ownersOf(fixture.sandbox(spec.taskId))).toEqual([String(uid)]);
    }
  });
});
