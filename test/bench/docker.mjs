/**
 * What sandboxes in containers cost: until a session is open with an image that is there, thirty of them at once, and the list of
 * two hundred. Takes an engine and the image (npm run image:sandbox).
 *   npm run bench:docker
 */
import Docker from 'dockerode';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerProvider } from '../../dist/providers/docker/docker-provider.js';

const IMAGE = process.env.SLIPWAY_DOCKER_IMAGE || 'slipway-sandbox:latest';
const never = () => new AbortController().signal;
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-bench-')));
const repository = join(dir, 'repo');
const git = (...args) => execFileSync('git', ['-C', repository, ...args], { stdio: 'ignore' });
execFileSync('git', ['init', '-q', '-b', 'main', repository]);
writeFileSync(join(repository, 'README.md'), 'A repository to measure with.\n');
git('add', '-A');
git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', 'commit', '-qm', 'Begin');

const provider = createDockerProvider({
  dataDir: join(dir, 'docker'),
  localRoots: [dir],
  image: IMAGE,
  limits: { memoryMib: 512, cpus: 2, pids: 256, fileMib: 256, tempMib: 32 },
  egress: { policy: 'none', hosts: [] },
});
const timed = async (work) => {
  const begun = performance.now();
  const result = await work();
  return { ms: Math.round(performance.now() - begun), result };
};
const sandbox = async () => {
  const taskId = randomUUID();
  const spec = { taskId, repoRemote: repository, branchName: `b-${taskId.slice(0, 8)}`, agentType: 'mock' };
  const whole = { ...spec, sandboxId: '', sessionId: randomUUID() };
  await provider.createSandbox(whole, never());
  await provider.ensureAgent(whole, never());
  await provider.createSession(whole, never());
};

/** Containers that only lie there; the list does not tell them from others. */
async function lieAbout(count) {
  const docker = new Docker();
  const { id } = JSON.parse(readFileSync(join(dir, 'docker/service.json'), 'utf8'));
  const make = (taskId) =>
    docker.createContainer({
      name: `slipway-${taskId}`,
      Image: IMAGE,
      Cmd: ['true'],
      Labels: { 'slipway.service': id, 'slipway.task': taskId, 'slipway.role': 'agent' },
      HostConfig: { NetworkMode: 'none' },
    });
  for (let made = 0; made < count; made += 8)
    await Promise.all(Array.from({ length: Math.min(8, count - made) }, () => make(randomUUID())));
}

try {
  await timed(sandbox);
  const alone = [];
  for (let i = 0; i < 5; i++) alone.push((await timed(sandbox)).ms);
  alone.sort((a, b) => a - b);
  console.log(`a sandbox with an open session: ${alone[2]} ms (bar 2500; ${alone.join(', ')})`);
  const { ms, result } = await timed(() => Promise.allSettled(Array.from({ length: 30 }, sandbox)));
  const failed = result.filter(({ status }) => status === 'rejected');
  console.log(`30 at once: ${ms} ms, ${failed.length} failed (bar 0)`);
  for (const { reason } of failed) console.log(`  ${reason.code}: ${reason.message}`);
  await lieAbout(200 - 36);
  const list = await timed(() => provider.listSandboxes(never()));
  console.log(`the list of ${list.result.length}: ${list.ms} ms (bar 1000)`);
} finally {
  const left = await provider.listSandboxes(never());
  await Promise.all(
    left.map(({ taskId }) => provider.destroySandbox({ taskId, keepBranch: false }, never())),
  );
  await provider.close();
  rmSync(dir, { recursive: true, force: true });
}
