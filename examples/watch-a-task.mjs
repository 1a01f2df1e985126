// Creates a task and shows every state of it until it runs or has failed, also when the connection is lost in between.
//   npm start                                        in another terminal
//   node examples/watch-a-task.mjs 'fix: the login forgets the language' https://github.com/acme/shop.git
import { randomUUID } from 'node:crypto';
import { SlipwayClient, SlipwayError } from '@slipway/client';

const [task, repoRemote] = process.argv.slice(2);
const url = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:3000';

try {
  if (task === undefined || repoRemote === undefined)
    throw new Error("Usage: node examples/watch-a-task.mjs '<what is to be done>' <repository>");
  const slipway = new SlipwayClient({ url });
  // With a key, a create whose answer was lost can be repeated: it makes no second task.
  const key = { idempotencyKey: randomUUID() };
  const { taskId, position } = await slipway.createTask({ task, repoRemote }, key);
  console.log(`task ${taskId}`);

  const onLink = ({ phase, reason }) => phase === 'down' && console.log(`connection lost: ${reason}`);
  // From the position of the record that is known already: every single change comes.
  for await (const { status, statusMessage } of slipway.watchTask(taskId, { after: position, onLink })) {
    console.log(`${status.padEnd(24)} ${statusMessage}`);
    if (status === 'running') break;
    if (!status.startsWith('init_')) throw new Error(`The task is ${status}: ${statusMessage}`);
  }
} catch (error) {
  console.error(error instanceof SlipwayError ? `${error.code}: ${error.detail}` : error.message);
  process.exitCode = 1;
}
