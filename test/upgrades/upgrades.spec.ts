import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

/*
 * A data directory of each released version, opened by this one. What is kept, and how, is told in README.md beside this.
 */

const KEPT = join(import.meta.dirname, 'kept');
const VERSIONS = readdirSync(KEPT)
  .filter((file) => file.endsWith('.tar.br'))
  .map((file) => file.replace('.tar.br', ''));
const PROVIDERS = 'local,simulated';
const AT_REST = ['sleeping', 'archived', 'kept', 'error', 'killed'] as const;
const UNDER_WAY = ['running', 'waiting'] as const;
type Kept = Record<(typeof AT_REST | typeof UNDER_WAY)[number], TaskRecord>;

/** What a version may say in its own words, and what lies elsewhere now. */
const toBeFound = ({ statusMessage: _words, sandboxPath: _place, ...facts }: TaskRecord) => facts;

it('there is a directory of a version', () => expect(VERSIONS).toContain('0.1.0'));

describe.each(VERSIONS)('a data directory of %s', (version) => {
  const kept = JSON.parse(readFileSync(join(KEPT, `${version}.json`), 'utf8')) as Kept;
  let service: ServiceProcess;

  beforeAll(async () => {
    service = await ServiceProcess.unstarted({ SLIPWAY_PROVIDERS: PROVIDERS });
    await extract({ cwd: service.dataDir, file: join(KEPT, `${version}.tar.br`) });
    // Root's PostgreSQL runs as somebody who has no rights, and what root unpacks is root's.
    if (process.getuid?.() === 0)
      execFileSync('chown', ['-R', 'nobody', join(service.dataDir, 'postgres/cluster')]);
    await service.start();
  });
  afterAll(() => service.dispose());

  const cli = (...args: string[]) =>
    runCli(args, { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_PROVIDERS: PROVIDERS });

  it.each(AT_REST)('shows the one that was %s as it was', async (name) =>
    expect(await service.client.getTask(kept[name].taskId)).toMatchObject(toBeFound(kept[name])),
  );

  it.each([...AT_REST, ...UNDER_WAY])('and the past of the one that was %s', async (name) => {
    const { taskId, position } = kept[name];
    expect(await service.client.getTask(taskId, { at: position })).toMatchObject(toBeFound(kept[name]));
  });

  it('lists all of them', async () => {
    const { items } = await service.client.listTasks();
    expect(items.map(({ taskId }) => taskId).sort()).toEqual(
      Object.values(kept)
        .map(({ taskId }) => taskId)
        .sort(),
    );
  });

  it('goes on with the one that waited for its sandbox', () => service.waitForIdle(kept.waiting.taskId));

  it.each(['running', 'sleeping'] as const)('goes on working in the one that was %s', async (name) => {
    const { taskId, sessionId } = kept[name];
    await service.client.queuePrompt(taskId, sessionId!, '!say after the update');
    await until('the answer', 30_000, async () => {
      const { messages } = await service.client.getTranscript(taskId, sessionId!);
      return messages.some(({ role, text }) => role === 'agent' && text.includes('after the update'));
    });
  });

  it('brings back the one that was archived', async () => {
    await service.post(`/v1/tasks/${kept.archived.taskId}/resume`);
    await service.waitForIdle(kept.archived.taskId);
  });

  it('has rows in which verify finds nothing wrong', async () => {
    const { code, stdout, stderr } = await cli('projections', 'verify');
    expect({ code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', stdout: '' });
  });

  it('has the sandboxes of its tasks, and half of one where the task failed', async () => {
    const { stdout } = await cli('sandboxes', 'audit', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [{ difference: 'half_made', taskId: kept.error.taskId }],
    });
  });
});
