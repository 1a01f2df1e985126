import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const manyFiles = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 50}/f${n}`, `file ${n}\n`]));
const fixture = useLocalProvider(manyFiles(100));

describe('checkouts of the local provider', () => {
  it('tells the branch that it was made on, also to who asks for another', async () => {
    const spec = fixture.spec();
    const provider = fixture.open();
    await provider.createSandbox(spec, never);
    const { branchName } = spec;
    expect(await provider.findSandbox(spec.taskId, never)).toMatchObject({ branchName });
    expect(await provider.createSandbox({ ...spec, branchName: 'another' }, never)).toMatchObject({
      branchName,
    });
  });

  it('makes eight at once of one repository, each on its own branch, without copying objects', async () => {
    const provider = fixture.open();
    const specs = Array.from({ length: 8 }, () => fixture.spec());
    const made = await Promise.all(specs.map((spec) => provider.createSandbox(spec, never)));
    made.forEach(({ path = '' }, index) => {
      expect(git(path, 'branch', '--show-current')).toBe(specs[index]!.branchName);
      expect(git(path, 'status', '--porcelain')).toBe('');
      expect(git(path, 'rev-parse', 'HEAD')).toBe(git(fixture.repository, 'rev-parse', 'main'));
      expect(git(path, 'remote', 'get-url', 'origin')).toBe(fixture.repository);
      expect(git(path, 'count-objects')).toMatch(/^0 objects/);
    });
    expect(
      readdirSync(join(fixture.dataDir, 'mirrors')).filter((name) => name.endsWith('.git')),
    ).toHaveLength(1);
  });

  it('starts from what the remote has now: its HEAD, or the branch or tag that is named', async () => {
    const provider = fixture.open();
    const head = async (onBranch?: string) => {
      const { path = '' } = await provider.createSandbox(fixture.spec({ onBranch }), never);
      return git(path, 'rev-parse', 'HEAD');
    };
    git(fixture.repository, 'checkout', '--quiet', '-b', 'release');
    git(fixture.repository, 'tag', '--annotate', '--message=one', 'v1');
    const released = commit(fixture.repository, { release: 'r' });
    git(fixture.repository, 'checkout', '--quiet', 'main');
    const newest = commit(fixture.repository, { newest: 'n' });
    expect(await head()).toBe(newest);
    expect(await head('release')).toBe(released);
    expect(await head('v1')).toBe(git(fixture.repository, 'rev-parse', 'v1^{commit}'));
    await expect(head('nowhere')).rejects.toMatchObject({ code: 'branch_not_found', retryable: false });
    git(fixture.repository, 'branch', '-D', 'release');
    await expect(head('release')).rejects.toMatchObject({ code: 'branch_not_found' });
  });

  it.each([
    ['taken', 'taken', /already/],
    ['taken/below', 'taken', /beside/],
    ['above', 'above/it', /beside/],
  ])('refuses the branch %s where the remote has %s', async (branchName, existing, reason) => {
    git(fixture.repository, 'branch', '--force', existing);
    await expect(fixture.open().createSandbox(fixture.spec({ branchName }), never)).rejects.toMatchObject({
      code: 'branch_taken',
      retryable: false,
      message: expect.stringMatching(reason),
    });
    await expect(
      fixture.open().createSandbox(fixture.spec({ branchName: 'above/other' }), never),
    ).resolves.toBeDefined();
  });

  it('says what is wrong with a remote that cannot be used', async () => {
    const provider = fixture.open();
    const create = (repoRemote: string) => provider.createSandbox(fixture.spec({ repoRemote }), never);
    const empty = join(fixture.dir, 'empty');
    mkdirSync(empty);
    await expect(create(join(fixture.dir, 'absent'))).rejects.toMatchObject({ code: 'repository_not_found' });
    await expect(create(empty)).rejects.toMatchObject({ code: 'repository_not_found', retryable: false });
    git(empty, 'init', '--quiet');
    await expect(create(empty)).rejects.toMatchObject({ code: 'branch_not_found', retryable: false });
    commit(empty, { first: '1' });
    await expect(create(empty)).resolves.toBeDefined();
  });

  it('repairs a checkout during which the service was killed, and clears away the half', async () => {
    const repoRemote = makeRepository(join(fixture.dir, 'large'), manyFiles(3000));
    const spec = fixture.spec({ repoRemote });
    const program = fixture.startProgram(spec);
    const half = await eventually(
      () =>
        existsSync(fixture.sandbox(spec.taskId)) &&
        readdirSync(fixture.sandbox(spec.taskId)).find((name) => name.endsWith('.tmp')),
      'a checkout under way',
    );
    await eventually(
      () => existsSync(fixture.sandbox(spec.taskId, half, '.git', 'HEAD')),
      'a clone under way',
    );
    program.kill('SIGKILL');
    const provider = fixture.open();
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
    expect(await provider.listSandboxes(never)).toContainEqual(
      expect.objectContaining({ taskId: spec.taskId, complete: false }),
    );
    const { path = '' } = await provider.createSandbox(spec, never);
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(git(path, 'branch', '--show-current')).toBe(spec.branchName);
    expect(readdirSync(fixture.sandbox(spec.taskId))).toEqual(['checkout']);
    expect(readdirSync(fixture.records(spec.taskId))).toEqual(['checkout.done']);
  });

  it('lets several processes use one mirror at once', async () => {
    const repoRemote = makeRepository(join(fixture.dir, 'shared'), manyFiles(100));
    const programs = Array.from({ length: 3 }, () => {
      const spec = fixture.spec({ repoRemote });
      const program = fixture.startProgram(spec);
      let said = '';
      program.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
      return { program, spec, made: () => said.includes('create_sandbox') };
    });
    try {
      await eventually(() => programs.every(({ made }) => made()), 'three checkouts');
      for (const { spec } of programs) {
        const { path = '' } = (await fixture.open().findSandbox(spec.taskId, never))!;
        expect(git(path, 'status', '--porcelain')).toBe('');
      }
    } finally {
      programs.forEach(({ program }) => program.kill('SIGKILL'));
    }
  });

  it('gives up when aborted, and makes it when asked again', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    const abort = new AbortController();
    const reason = new Error('stage time-out');
    const creating = provider.createSandbox(spec, abort.signal);
    await eventually(() => existsSync(fixture.sandbox(spec.taskId)), 'the beginning');
    abort.abort(reason);
    await expect(creating).rejects.toBe(reason);
    expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
    await expect(provider.createSandbox(spec, never)).resolves.toBeDefined();
  });

  it('works on after locks were left in the mirror', async () => {
    await fixture.open().createSandbox(fixture.spec(), never);
    const mirrors = join(fixture.dataDir, 'mirrors');
    for (const name of readdirSync(mirrors).filter((entry) => entry.endsWith('.git'))) {
      writeFileSync(join(mirrors, name, 'refs', 'heads', 'late.lock'), '');
      writeFileSync(join(mirrors, name, 'packed-refs.lock'), '');
    }
    git(fixture.repository, 'branch', '--force', 'late');
    await expect(
      fixture.open().createSandbox(fixture.spec({ onBranch: 'late' }), never),
    ).resolves.toBeDefined();
  });

  it('keeps the branch in the mirror when asked to, else leaves nothing', async () => {
    const provider = fixture.open();
    const { path: mirror } = mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository);
    const work = async (keepBranch: boolean) => {
      const spec = fixture.spec();
      const { path = '' } = await provider.createSandbox(spec, never);
      const done = commit(path, { work: spec.taskId });
      if (keepBranch) git(path, 'pack-refs', '--all');
      await provider.destroySandbox({ taskId: spec.taskId, keepBranch }, never);
      expect(existsSync(fixture.sandbox(spec.taskId))).toBe(false);
      return { spec, done };
    };
    const kept = await work(true);
    const ref = `refs/kept/${kept.spec.taskId}/heads/${kept.spec.branchName}`;
    expect(git(mirror, 'rev-parse', ref)).toBe(kept.done);
    expect(git(mirror, 'show', `${ref}:work`)).toBe(kept.spec.taskId);
    await provider.createSandbox(fixture.spec(), never);
    expect(git(mirror, 'fsck', '--connectivity-only', '--no-dangling', ref)).toBe('');
    const gone = await work(false);
    expect(git(mirror, 'for-each-ref', `refs/kept/${gone.spec.taskId}`)).toBe('');
  });

  it('has one mirror a remote', async () => {
    const other = makeRepository(join(fixture.dir, 'other'));
    const { path = '' } = await fixture.open().createSandbox(fixture.spec({ repoRemote: other }), never);
    expect(git(path, 'remote', 'get-url', 'origin')).toBe(other);
    expect(git(path, 'log', '--format=%H')).toBe(git(other, 'rev-parse', 'main'));
  });
});
