import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readableLines } from './service-log.js';

async function shown(use: (log: pino.Logger) => void): Promise<string> {
  let text = '';
  use(pino({}, await readableLines((more) => (text += more), false)));
  return text;
}

it('a line for people has the local time, the level, the message and what goes with it', async () => {
  const text = await shown((log) => log.warn({ taskId: 'abc', n: 3 }, 'The agent is late'));
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: The agent is late \{"taskId":"abc","n":3\}\n$/);
});

it('an error comes with its stack', async () => {
  expect(await shown((log) => log.error({ err: new Error('no') }, 'failed'))).toMatch(/failed[^]*at /);
});

it('nothing that was logged commands the terminal', async () => {
  const evil = 'a\u001b[2J\u009b2J\u0007\r\u007fb \\u001b\nforged';
  const text = await shown((log) => log.info({ evil, err: new Error(evil) }, evil));
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  expect(text).toMatch(/^\[.*␛\[2J.*b \\u001b␊forged \{/);
});
