import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CreatedWebhook, NewWebhook } from '@slipway/client';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Markdown } from '../docs/markdown.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { signatureOf, WebhookReceiver } from '../support/webhook-receiver.js';

const LIMIT_MS = 60_000;
const WAIT_MS = 20_000;

/** From where somebody asked, and with which token, is for the audit alone. */
const withoutWhence = <Item extends { readonly metadata: Record<string, unknown> }>(item: Item) => {
  const { address: _, tokenId: __, ...metadata } = item.metadata;
  return { ...item, metadata };
};

describe('webhooks', () => {
  let service: ServiceProcess;
  const receivers: WebhookReceiver[] = [];
  const programs: ChildProcess[] = [];
  const secrets: string[] = [];

  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_BACKOFF_FIRST_MS: '20',
      LOG_LEVEL: 'debug',
    });
  }, LIMIT_MS);
  afterAll(async () => {
    for (const program of programs) program.kill();
    for (const receiver of receivers) await receiver.stop();
    await service?.dispose();
  });

  /** Each test has a workspace of its own, so that nothing of another one's tasks is told in it. */
  const newWorkspace = () => `acme-${randomUUID().slice(0, 8)}`;
  const receiving = async () => {
    const receiver = await WebhookReceiver.start();
    receivers.push(receiver);
    return receiver;
  };
  const createHook = async (workspaceId: string, wish: NewWebhook): Promise<CreatedWebhook> => {
    const hook = await service.client.createWebhook(workspaceId, wish);
    secrets.push(hook.secret);
    return hook;
  };
  const shown = ({ workspaceId, webhookId }: CreatedWebhook) =>
    service.client.getWebhook(workspaceId, webhookId);
  const deliveries = async ({ workspaceId, webhookId }: CreatedWebhook) =>
    (await service.client.listWebhookDeliveries(workspaceId, webhookId, { limit: 100 })).items;
  /** Creates a task and waits until nothing changes in it by itself. Resolves with its history. */
  const finishedTask = async (workspaceId: string) => {
    const { taskId } = await service.client.createTask({
      task: 'fix: the door',
      repoRemote: 'https://git.example.com/acme/shop.git',
      workspaceId,
    });
    const { position } = await service.waitForIdle(taskId, WAIT_MS);
    return (await service.client.getHistory(taskId, { minPosition: position })).items;
  };
  const positionsOf = (items: readonly { readonly position: string }[]) =>
    items.map(({ position }) => position);
  const cli = (...args: string[]) => runCli(['webhooks', ...args], { SLIPWAY_DATA_DIR: service.dataDir });

  it(
    "tell of a workspace's events in the order of the log, as its history has them, signed",
    async () => {
      const workspaceId = newWorkspace();
      const [all, few] = [await receiving(), await receiving()];
      const hook = await createHook(workspaceId, { url: all.url });
      await createHook(workspaceId, { url: few.url, types: ['TaskNamed', 'TaskCreated'] });
      await finishedTask(newWorkspace());
      const history = [...(await finishedTask(workspaceId)), ...(await finishedTask(workspaceId))];
      await until('all messages', WAIT_MS, () => all.messages.length >= history.length);
      expect(all.messages.map(({ body }) => body.data.event)).toEqual(history.map(withoutWhence));
      expect(all.messages.map(({ type }) => type)).toEqual(history.map(({ type }) => type));
      expect(new Set(all.messages.map(({ id }) => id)).size).toBe(history.length);
      for (const message of all.messages) {
        expect(message.headers['webhook-signature']).toBe(signatureOf(hook.secret, message));
        expect(signatureOf(`whsec_${Buffer.alloc(32).toString('base64')}`, message)).not.toBe(
          message.headers['webhook-signature'],
        );
      }
      await until('those of two types', WAIT_MS, () => few.messages.length >= 4);
      const types = ['TaskCreated', 'TaskNamed'];
      expect(few.messages.map(({ type }) => type)).toEqual([...types, ...types]);
      await until('the position to be stored', WAIT_MS, async () => {
        return (await shown(hook)).position === history.at(-1)!.position;
      });
    },
    LIMIT_MS,
  );

  it(
    'wait for a receiver that is down, say so, and lose nothing',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      const hook = await createHook(workspaceId, { url: receiver.url });
      receiver.isDown = true;
      const history = await finishedTask(workspaceId);
      await until('failures', WAIT_MS, async () => (await shown(hook)).failures >= 2);
      expect(await shown(hook)).toMatchObject({ status: 'active', failingSince: expect.any(String) });
      expect((await deliveries(hook))[0]).toMatchObject({
        type: 'TaskCreated',
        status: null,
        error: expect.stringContaining('could not be reached'),
      });
      receiver.isDown = false;
      await until('all messages', WAIT_MS, () => receiver.messages.length >= history.length);
      expect(receiver.positions).toEqual(positionsOf(history));
      await until('the failures to be over', WAIT_MS, async () => (await shown(hook)).failures === 0);
      const listed = await cli('deliveries', hook.webhookId, '--workspace', workspaceId, '--limit', '100');
      expect(listed.stdout).toContain('could not be reached');
      expect(listed.stdout).toContain('204');
    },
    LIMIT_MS,
  );

  it(
    'go on after a kill -9: what was not seen to be taken comes again under the same id, then the rest',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      await createHook(workspaceId, { url: receiver.url });
      receiver.answer = null;
      const history = await finishedTask(workspaceId);
      await until('the first message', WAIT_MS, () => receiver.received.length > 0);
      await service.kill();
      const before = receiver.received.length;
      receiver.answer = { status: 200 };
      await service.start();
      await until('all messages', WAIT_MS, () => receiver.messages.length >= history.length);
      const first = receiver.received[0]!;
      expect(receiver.received[before]).toMatchObject({ id: first.id, text: first.text });
      // The start after the kill may have been news for the task.
      expect(receiver.positions.slice(0, history.length)).toEqual(positionsOf(history));
    },
    LIMIT_MS,
  );

  it(
    'tell again from a position, under the ids that messages had',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      const hook = await createHook(workspaceId, { url: receiver.url });
      const history = await finishedTask(workspaceId);
      await until('all messages', WAIT_MS, () => receiver.messages.length === history.length);
      const before = receiver.messages;
      receiver.received.splice(0);
      const after = history[1]!.position;
      const replayed = await cli('replay', hook.webhookId, '--workspace', workspaceId, '--after', after);
      expect(replayed).toMatchObject({ code: 0, stderr: '' });
      await until('the rest again', WAIT_MS, () => receiver.messages.length === history.length - 2);
      expect(receiver.messages.map(({ id, text }) => [id, text])).toEqual(
        before.slice(2).map(({ id, text }) => [id, text]),
      );
      const late = await receiving();
      await createHook(workspaceId, { url: late.url, after: '0', types: ['TaskCreated'] });
      await until('what happened before it was made', WAIT_MS, () => late.messages.length === 1);
      const beyond = `${BigInt(history.at(-1)!.position) * 1_000n}`;
      await expect(service.client.replayWebhook(workspaceId, hook.webhookId, beyond)).rejects.toMatchObject({
        status: 400,
      });
    },
    LIMIT_MS,
  );

  it(
    'are taken by the receiver of the documentation, which refuses what another secret has signed',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      const hook = await createHook(workspaceId, { url: receiver.url });
      const listening = async (secret: string) => {
        const file = join(service.dataDir, `receiver-${programs.length}.mjs`);
        const { text } = Markdown.read('docs/webhooks.md').fences.find(({ language }) => language === 'js')!;
        await writeFile(file, text);
        const program = spawn(process.execPath, [file], {
          env: { PATH: process.env.PATH, PORT: '0', WEBHOOK_SECRET: secret },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        programs.push(program);
        let output = '';
        program.stdout.on('data', (data: Buffer) => (output += data.toString()));
        await until('the receiver to listen', WAIT_MS, () => /listening on \d+\n/.test(output));
        const url = `http://127.0.0.1:${/listening on (\d+)/.exec(output)![1]}/`;
        await service.client.changeWebhook(workspaceId, hook.webhookId, { url });
        return () => output;
      };
      const of = [hook.webhookId, '--workspace', workspaceId];
      const output = await listening(hook.secret);
      expect(await service.client.testWebhook(workspaceId, hook.webhookId)).toMatchObject({
        type: 'test',
        status: 204,
        error: null,
      });
      expect(output()).toContain('test');
      await listening(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
      const refused = await cli('test', ...of);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('The receiver answered 401.');
      expect((await deliveries(hook)).map(({ type, status }) => [type, status])).toEqual([
        ['test', 401],
        ['test', 204],
      ]);
    },
    LIMIT_MS,
  );

  it(
    'follow no redirect, and end with a 410, saying why, until somebody has them go on',
    async () => {
      const workspaceId = newWorkspace();
      const [receiver, elsewhere] = [await receiving(), await receiving()];
      const hook = await createHook(workspaceId, { url: receiver.url });
      receiver.answer = { status: 307, headers: { location: elsewhere.url } };
      const history = await finishedTask(workspaceId);
      await until('a failure', WAIT_MS, async () => (await shown(hook)).failures >= 1);
      expect((await deliveries(hook))[0]).toMatchObject({
        status: 307,
        error: expect.stringContaining('redirect'),
      });
      receiver.answer = { status: 410 };
      await until('the end', WAIT_MS, async () => (await shown(hook)).status === 'disabled');
      const listed = await cli('show', hook.webhookId, '--workspace', workspaceId);
      expect(listed.stdout).toContain('The receiver answered 410: it wants no more.');
      const told = await service.client.readAudit({ workspaceId, actor: 'webhooks' });
      expect(told.items[0]).toMatchObject({
        action: 'WebhookDisabled',
        subject: { kind: 'webhook', id: hook.webhookId },
      });
      receiver.received.splice(0);
      receiver.answer = { status: 204 };
      await service.client.changeWebhook(workspaceId, hook.webhookId, { status: 'active' });
      await until('all messages', WAIT_MS, () => receiver.messages.length === history.length);
      expect(receiver.positions).toEqual(positionsOf(history));
      expect(elsewhere.received).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'tell of nothing while they are paused, and are gone with their secret when they are deleted',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      const hook = await createHook(workspaceId, { url: receiver.url });
      const of = [hook.webhookId, '--workspace', workspaceId];
      await service.client.changeWebhook(workspaceId, hook.webhookId, { status: 'paused' });
      const history = await finishedTask(workspaceId);
      const other = await receiving();
      const made = await cli('create', other.url, '--workspace', workspaceId, '--after', '0');
      expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/: whsec_\S+\n$/) });
      await until('another one to be told', WAIT_MS, () => other.messages.length === history.length);
      expect(receiver.received).toEqual([]);
      expect((await cli('delete', ...of)).stdout).toContain('--yes');
      expect(await shown(hook)).toMatchObject({ status: 'paused' });
      await service.client.deleteWebhook(workspaceId, hook.webhookId);
      await expect(shown(hook)).rejects.toMatchObject({ status: 404, code: 'webhook_not_found' });
      const left = (await service.client.listWebhooks(workspaceId)).items;
      expect(left.map(({ url }) => url)).toEqual([other.url]);
    },
    LIMIT_MS,
  );

  it(
    'tell of an erased task without what was said in it, however far back they are replayed',
    async () => {
      const workspaceId = newWorkspace();
      const receiver = await receiving();
      const hook = await createHook(workspaceId, { url: receiver.url });
      const history = await finishedTask(workspaceId);
      const { taskId } = history[0]!.data as { taskId: string };
      await until('what was said', WAIT_MS, () => receiver.messages.length >= history.length);
      expect(receiver.messages[0]!.text).toContain('fix: the door');
      await service.client.killTask(taskId, { discardChanges: true });
      await service.waitForStatus(taskId, 'killed', WAIT_MS);
      await service.client.eraseTask(taskId);
      await until('the erasure', WAIT_MS, () => receiver.messages.some(({ type }) => type === 'TaskErased'));
      const told = receiver.messages.length;
      receiver.received.splice(0);
      await service.client.replayWebhook(workspaceId, hook.webhookId, '0');
      await until('all of it again', WAIT_MS, () => receiver.messages.length >= told);
      expect(receiver.messages[0]!.type).toBe('TaskCreated');
      for (const { text } of receiver.messages) expect(text).not.toContain('the door');
    },
    LIMIT_MS,
  );

  it('are refused where they would lead where nobody may go, or are of another workspace', async () => {
    const workspaceId = newWorkspace();
    const refusal = (wish: object) =>
      service.post<{ errors?: { field: string }[] }>(`/v1/workspaces/${workspaceId}/webhooks`, wish);
    for (const url of [
      'https://10.0.0.7/hooks',
      'https://localhost.example.com@127.0.0.2/',
      'http://169.254.169.254/latest',
      'ftp://127.0.0.1/',
      'nowhere',
    ])
      expect([url, await refusal({ url })]).toMatchObject([
        url,
        { status: 400, body: { errors: [{ field: 'url' }] } },
      ]);
    for (const types of [[], ['Nonsense'], 'TaskCreated', ['TaskCreated', 'TaskCreated']])
      expect((await refusal({ url: 'https://example.com/', types })).body).toMatchObject({
        errors: [{ field: 'types' }],
      });
    expect((await refusal({ url: 'https://example.com/', after: 'now' })).status).toBe(400);
    expect((await service.client.listWebhooks(workspaceId)).items).toEqual([]);
    const hook = await createHook(workspaceId, { url: 'https://example.com/', types: ['TaskKilled'] });
    const there = service.client.getWebhook('other', hook.webhookId);
    await expect(there).rejects.toMatchObject({ code: 'webhook_not_found' });
  });

  it('leave their secrets nowhere: not in the log, not in the stores', () => {
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) {
      const key = secret.slice('whsec_'.length);
      expect(service.log).not.toContain(key);
      const found = spawnSync('grep', ['-rlaF', '--', key, service.dataDir], { encoding: 'utf8' });
      expect(found.stdout).toBe('');
    }
  });
});
