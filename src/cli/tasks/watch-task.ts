import WebSocket from 'ws';
import { onAbort } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import type { TaskRecord } from '../../events/task/task-record.js';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

/** Every state of a task from now on (the present one first), also across lost connections. Ends when the caller stops. */
export async function* watchTask(
  apiUrl: string,
  taskId: string,
  signal: AbortSignal,
): AsyncGenerator<TaskRecord> {
  const topic = `task:${taskId}`;
  let after: string | undefined;
  let delay = FIRST_DELAY_MS;
  while (!signal.aborted) {
    for await (const frame of frames(apiUrl, { event: 'subscribe', data: { topic, after } }, signal)) {
      delay = FIRST_DELAY_MS;
      if (frame.event === 'error')
        throw new Error(frame.data.message ?? 'the service refused the subscription');
      if (frame.event !== 'task' || frame.data.task === undefined) continue;
      after = frame.data.position;
      yield frame.data.task;
    }
    if (signal.aborted) return;
    await pause(delay, signal);
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  }
}

interface Frame {
  event: string;
  data: { position?: string; task?: TaskRecord; message?: string };
}

/** The frames of one connection, until it ends. */
async function* frames(apiUrl: string, first: object, signal: AbortSignal): AsyncGenerator<Frame> {
  const socket = new WebSocket(`${apiUrl.replace(/^http/, 'ws')}/v1/live`);
  const queue: Frame[] = [];
  let ended = false;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  socket.on('open', () => socket.send(JSON.stringify(first)));
  socket.on('message', (data: Buffer) => {
    queue.push(JSON.parse(data.toString()) as Frame);
    wake();
  });
  socket.on('close', end);
  socket.on('error', end);
  const cancel = onAbort(signal, end);
  try {
    while (!ended || queue.length > 0) {
      const frame = queue.shift();
      if (frame) yield frame;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    cancel();
    socket.terminate();
  }
}
