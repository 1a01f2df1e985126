import type { SlipwayClient } from '@slipway/client';
import { createServer, type Server, type Socket } from 'node:net';
import { finished } from 'node:stream';

/** A server each of whose connections leads to the port in the task's sandbox. @param failed told why one could not be */
export function forwardingServer(
  client: SlipwayClient,
  taskId: string,
  port: number,
  failed: (reason: string) => void,
): Server {
  return createServer({ allowHalfOpen: true, pauseOnConnect: true }, (local) => {
    local.on('error', () => local.destroy());
    join(client, taskId, port, local).catch((error: Error) => {
      failed(error.message);
      local.destroy();
    });
  });
}

/** Passes on what either side sends, no faster than the other takes it. */
async function join(client: SlipwayClient, taskId: string, port: number, local: Socket): Promise<void> {
  const remote = await client.openPort(taskId, port, {
    data: (bytes) => new Promise((resolve) => local.write(bytes, () => resolve())),
    end: () => void local.end(),
    closed: () => void local.destroySoon(),
  });
  finished(local, () => remote.close());
  for await (const bytes of local.iterator({ destroyOnReturn: false }))
    await remote.write(bytes as Buffer<ArrayBuffer>);
  if (local.readableEnded) remote.end();
}
