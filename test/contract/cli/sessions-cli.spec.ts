import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Permission, Prompt, SessionRecord, TaskRecord, TranscriptEntry } from '@slipway/client';
import { runCli, startCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

/** One after the other, on one service: each test finds what the ones before it have left. */
describe('slipway sessions', () => {
  let service: ServiceProcess;
  let taskId: string;

  beforeAll(async () => {
    service = await ServiceProcess.start();
    taskId = (await service.post<TaskRecord>('/v1/tasks', { task: '!say hello', repoRemote: REMOTE })).body
      .taskId;
    await service.waitForTask(taskId, ({ activity }) => activity === 'idle');
  });
  afterAll(() => service.dispose());

  const slipway = (...args: string[]) => runCli(args, { SLIPWAY_DATA_DIR: service.dataDir });
  const sessions = (...args: string[]) => slipway('sessions', ...args);
  const json = async <T>(...args: string[]) => JSON.parse((await sessions(...args, '--json')).stdout) as T;

  it('lists them and shows one, ids first', async () => {
    const [session] = await json<SessionRecord[]>('list', taskId);
    expect(session).toMatchObject({ taskId, activity: 'idle' });
    expect((await sessions('list', taskId)).stdout).toMatch(
      new RegExp(`^SESSION +ACTIVITY .*\n${session!.sessionId} +idle `),
    );
    const { stdout } = await sessions('show', taskId);
    expect(stdout).toMatch(new RegExp(`^session +${session!.sessionId}\n`));
    expect(stdout).toMatch(/policy +ask\n/);
    expect(stdout).toMatch(/ done .*!say hello\n/);
  });

  it('asks, waits for the end, and asks once with a key', async () => {
    const asked = await sessions('prompt', taskId, '!say and again', '--key', 'once', '--wait');
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    const [promptId] = asked.stdout.split(' ');
    expect(asked.stdout.trimEnd().split('\n').at(-1)).toBe(`${promptId}  done`);
    expect(await json('prompt', taskId, '!say and again', '--key', 'once')).toMatchObject({
      promptId,
      state: 'done',
    });
    expect(await json<Prompt[]>('prompts', taskId)).toHaveLength(2);
    expect((await sessions('prompt', taskId, '!refuse -32000 no', '--wait')).code).toBe(1);
  });

  it('shows what the agent asks, in the list of tasks as well, and answers it', async () => {
    await sessions('prompt', taskId, '!ask Really?');
    await service.waitForTask(taskId, ({ needsYou }) => needsYou);
    expect((await slipway('tasks', 'list')).stdout).toMatch(
      new RegExp(`ACTIVITY +NEEDS YOU.*\n${taskId} +running +waiting_for_permission +yes `),
    );
    const [question] = await json<Permission[]>('permissions', taskId);
    const { permissionId, title, options } = question!;
    const shown = (await sessions('permissions', taskId)).stdout;
    expect(shown).toMatch(new RegExp(`^${permissionId}  pending .*${title.replace('?', '\\?').slice(0, 6)}`));
    expect(shown).toContain(options[0]!.optionId);
    const wrong = await sessions('answer', taskId, permissionId, 'perhaps');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(options[0]!.optionId);
    expect((await sessions('answer', taskId, permissionId, options[0]!.optionId)).stdout).toContain(
      'answered, by person',
    );
    expect((await sessions('answer', taskId, permissionId, options[0]!.optionId)).stderr).toMatch(/already/);
    await service.waitForTask(taskId, ({ activity }) => activity === 'idle');
    expect((await sessions('permissions', taskId)).stdout).toBe('The agent asks nothing.\n');
    expect(await json<Permission[]>('permissions', taskId, '--all')).toHaveLength(1);
  });

  it('withdraws what waits, and stops what is done', async () => {
    await sessions('prompt', taskId, '!sleep 60000');
    const { promptId } = await json<Prompt>('prompt', taskId, '!say later');
    expect(await json('withdraw', taskId, promptId)).toMatchObject({ state: 'withdrawn' });
    await service.waitForTask(taskId, ({ activity }) => activity === 'working');
    // Its agent may have stopped by the time that it is shown.
    expect((await sessions('cancel', taskId)).stdout).toMatch(/cancelling|idle/);
    await service.waitForTask(taskId, ({ activity }) => activity === 'idle');
    const { code, stderr } = await sessions('resend', taskId, promptId);
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(/withdrawn/) });
  });

  it('changes settings, and shows them', async () => {
    const set = await sessions('settings', taskId, '--policy', 'allow_all', '--mode', 'auto');
    expect(set.stdout).toMatch(/policy +allow_all\n/);
    expect(await json('settings', taskId)).toMatchObject({ permissionPolicy: 'allow_all' });
    expect((await sessions('settings', taskId, '--policy', 'perhaps')).stderr).toMatch(/Allowed choices/);
  });

  it('shows what was said and done, and follows it', async () => {
    const { stdout } = await sessions('watch', taskId, '--no-follow');
    expect(stdout).toMatch(/> !say hello\n/);
    expect(stdout).toMatch(/^hello$/m);
    expect(stdout).toMatch(/^ {2}\? .*Really/m);
    expect(stdout).toMatch(/^-- cancelled/m);
    const all = (await sessions('watch', taskId, '--no-follow', '--json')).stdout.trimEnd().split('\n');
    const { position } = JSON.parse(all.at(-1)!) as TranscriptEntry;

    const watching = startCli(['sessions', 'watch', taskId, '--after', position], {
      SLIPWAY_DATA_DIR: service.dataDir,
    });
    await sessions('prompt', taskId, '!say live');
    await until('what was said', 20_000, async () => /^live$/m.test(watching.stdout));
    expect(watching.stdout).not.toContain('hello');
    await service.post(`/v1/tasks/${taskId}/archive`, { discardChanges: true });
    expect(await watching.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('has ended') });
  });

  it('says what is wrong and what to do', async () => {
    await service.waitForStatus(taskId, 'archived');
    for (const [ends, args, says] of [
      [4, ['prompt', taskId, 'are you there?'], /Resume the task/],
      [2, ['show', 'cart'], /taskId must be a UUID/],
      [3, ['show', taskId, '--session', 'x'], /has no session x\. It has: [0-9a-f-]{36}/],
      [3, ['list', '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e'], /no task 6e0b1a52/],
      [2, ['prompt', taskId], /missing required argument 'text'/],
    ] as const) {
      const { code, stdout, stderr } = await sessions(...args);
      expect({ args, code, stdout }).toEqual({ args, code: ends, stdout: '' });
      expect(stderr).toMatch(says);
    }
  });

  it('prints the id of a task first that is created and watched', async () => {
    const { stdout } = await slipway('tasks', 'create', '!say hello', '--repo', REMOTE, '--watch');
    expect(stdout).toMatch(/^task [0-9a-f-]{36}\n/);
    expect(stdout).toMatch(/running +Running\n$/);
  });
});
