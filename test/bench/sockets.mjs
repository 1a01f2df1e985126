// From the moment at which a task is asked for until each of very many sockets has it: the append, the row and the push are
// all in it. Only the first update of each task counts, with the machine otherwise idle.
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { post, quantile } from './load.mjs';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

export const SOCKETS = 1_000;
const TASKS = 20;
const REQUEST = { task: 'fix: measure', repoRemote: 'https://git.example.com/bench/repo.git' };
const LIMIT_MS = 60_000;

/** Milliseconds, one for each task and socket. */
export async function measureSockets() {
  const service = await SlipwayUnderTest.create();
  const times = [];
  const seen = new Set();
  let onNews = () => {};
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, async (_, socket) => {
      const ws = new WebSocket(`${service.url.replace('http', 'ws')}/v1/live`);
      await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
      const subscribed = new Promise((resolve) => ws.once('message', resolve));
      ws.send(JSON.stringify({ event: 'subscribe', data: { topic: 'workspace:default' } }));
      await subscribed;
      // A frame is looked into no further than its task's id: whoever measures shares the machine.
      ws.on('message', (data) =>
        onNews(socket, /"taskId":"([^"]+)"/.exec(data.toString('latin1', 0, 400))?.[1]),
      );
      return ws;
    }),
  );
  for (let task = 0; task < TASKS; task++) {
    const begun = performance.now();
    const early = [];
    onNews = (...news) => early.push([...news, performance.now()]);
    const { body } = await post(service.url, '/v1/tasks', REQUEST);
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('a socket was told nothing')), LIMIT_MS);
      let left = SOCKETS;
      const count = (socket, taskId, at = performance.now()) => {
        const key = `${socket}/${taskId}`;
        if (taskId !== body.taskId || seen.has(key)) return;
        seen.add(key);
        times.push(at - begun);
        if (--left > 0) return;
        clearTimeout(timer);
        resolve();
      };
      onNews = count;
      for (const news of early) count(...news);
    });
    // What the task still does is not the next one's.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  for (const ws of sockets) ws.terminate();
  await service.dispose();
  return times;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const times = await measureSockets();
  console.log(
    `${SOCKETS} sockets: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
  );
}
