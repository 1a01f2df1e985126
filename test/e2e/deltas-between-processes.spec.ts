import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Replicas } from '../support/replicas.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import type { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

let replicas: Replicas;
let api: ServiceProcess;
beforeAll(async () => {
  replicas = await Replicas.prepare();
  await replicas.add({ SLIPWAY_ROLES: 'saga,projector' });
  api = await replicas.add({ SLIPWAY_ROLES: 'api' });
}, 240_000);
afterAll(() => replicas.stop(), 240_000);

it('what an agent writes is seen as it is written, in a process that does not read the agent', async () => {
  const { taskId } = await api.client.createTask({
    task: '!say first',
    repoRemote: 'https://git.example.com/acme/shop.git',
  });
  const { sessionId } = await api.waitForTask(taskId, ({ activity }) => activity === 'idle', 60_000);
  const socket = await RawLiveSocket.connect(api.url);
  socket.subscribe(`session:${sessionId}`);
  await socket.frame(({ event }) => event === 'subscribed');
  const texts = (what: string) => socket.frames.filter(({ event }) => event === what);
  // Who follows is known elsewhere a moment later.
  await until('deltas', 60_000, async () => {
    await api.client.queuePrompt(taskId, sessionId, '!say now\n!sleep 300\n!say then');
    await api.waitForTask(
      taskId,
      ({ sessions }) => sessions[0]!.activity === 'idle' && sessions[0]!.queuedPrompts === 0,
    );
    return texts('delta').length > 0;
  });
  const said = texts('delta')
    .map(({ data }) => data.text)
    .join('');
  expect(said).toMatch(/^(now\nthen\n)+$|then\n$/);
  await until('its entry', 30_000, () => texts('entry').some(({ data }) => data.entry?.kind === 'message'));
  socket.socket.close();
}, 240_000);
