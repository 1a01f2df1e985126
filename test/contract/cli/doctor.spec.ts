import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../support/run-cli.js';
import { HAS_ENGINE } from '../providers/docker-fixture.js';
import { ServiceProcess } from '../../support/service-process.js';

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly detail: string;
  readonly advice?: string;
}

describe('slipway doctor', () => {
  let service: ServiceProcess;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
    service = await ServiceProcess.start();
  });
  afterAll(async () => {
    await service.dispose();
    await rm(folder, { recursive: true });
  });

  async function doctor(env: Record<string, string>) {
    const { code, stdout } = await runCli(['doctor', '--json'], env);
    const found = JSON.parse(stdout) as Finding[];
    const of = (check: string) => found.filter((finding) => finding.check === check);
    return { code, of, bad: found.filter(({ level }) => level === 'problem').map(({ check }) => check) };
  }

  it('finds a service that is well, and each of its parts', async () => {
    const { code, of, bad } = await doctor({ SLIPWAY_DATA_DIR: service.dataDir });
    expect({ code, bad }).toEqual({ code: 0, bad: [] });
    for (const check of [
      'node',
      'settings',
      'git',
      'data directory',
      'disk',
      'clock',
      'service',
      'service: rows',
    ])
      expect(of(check)).toEqual([expect.objectContaining({ level: 'ok' })]);
    const { stdout } = await runCli(['doctor'], { SLIPWAY_DATA_DIR: service.dataDir });
    expect(stdout).toMatch(/^✓ node: .*\n/);
  });

  it('names each setting that is wrong or has no effect, with what is meant', async () => {
    const { code, of } = await doctor({
      SLIPWAY_DATA_DIR: service.dataDir,
      PORT: 'x',
      SLIPWAY_TASK_LIMIT: '0',
    });
    expect(code).toBe(1);
    expect(of('settings')[0]).toMatchObject({
      level: 'problem',
      detail: expect.stringMatching(/^PORT must be/),
    });
    const misspelt = await doctor({ SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_PORT: '1' });
    expect(misspelt.code).toBe(0);
    // Nobody has asked for containers.
    expect(misspelt.of('docker')).toEqual([expect.objectContaining({ level: 'ok' })]);
    expect(misspelt.of('settings')).toEqual([
      expect.objectContaining({ level: 'warning', detail: expect.stringMatching(/did you mean PORT/) }),
    ]);
  });

  it('says of a git that is missing, a directory that is none, and stores that do not answer what to do', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, of, bad } = await doctor({
      SLIPWAY_DATA_DIR: join(file, 'below'),
      PATH: '/nonexistent',
      EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
    });
    expect(code).toBe(1);
    expect(bad).toEqual(['data directory', 'git', 'events', 'rows']);
    expect(of('data directory')[0]!.detail).toBe(`${file} is no directory`);
    for (const check of bad) expect(of(check)[0]!.advice).toMatch(/\w/);
    expect(of('service')).toEqual([
      expect.objectContaining({ level: 'warning', advice: expect.stringMatching(/npm start/) }),
    ]);
  });

  it('says of an engine or an image that is missing what to do', async () => {
    const here = { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_PROVIDERS: 'docker' };
    const away = await doctor({ ...here, DOCKER_HOST: `unix://${join(folder, 'none.sock')}` });
    expect(away).toMatchObject({ code: 1, bad: ['docker'] });
    expect(away.of('docker')[0]).toMatchObject({
      detail: expect.stringContaining('does not answer'),
      advice: expect.stringContaining('DOCKER_HOST'),
    });
    // It asks nobody about isolation of processes that there will not be.
    expect([away.of('git').length, away.of('isolation').length]).toEqual([1, 0]);
    if (!HAS_ENGINE) return;
    const bare = await doctor({ ...here, SLIPWAY_DOCKER_IMAGE: 'no-such-image:ever' });
    expect(bare.of('docker')[0]).toMatchObject({
      level: 'problem',
      advice: expect.stringContaining('npm run image:sandbox'),
    });
    expect((await doctor(here)).of('docker')[0]).toMatchObject({ level: 'ok' });
  });

  it('tells a service that was killed, and a stranger at its address, from one that is well', async () => {
    const stranger: Server = createServer((_, response) => response.end('{"checks":7}'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    expect((await doctor({ SLIPWAY_URL: url })).of('service')).toEqual([
      expect.objectContaining({ level: 'problem', detail: expect.stringMatching(/is no Slipway/) }),
    ]);
    stranger.close();
    await service.kill();
    const { code, of } = await doctor({ SLIPWAY_DATA_DIR: service.dataDir });
    expect(code).toBe(1);
    expect(of('service')[0]).toMatchObject({
      level: 'problem',
      advice: expect.stringMatching(/start it again/),
    });
    expect(of('disk')).toHaveLength(1);
  });
});
