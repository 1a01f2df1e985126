import { expect, it } from '@jest/globals';
import { aborted } from '../platform/aborts.js';
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { until } from '../../test/support/until.js';
import { supervise } from './supervised.js';

interface Line {
  readonly level: number;
  readonly msg: string;
}

const INFO = 30;
const WARN = 40;

function recorded() {
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  return { lines, log };
}

const grpcError = (code: status, message: string) => Object.assign(new Error(message), { code });

it('tells once of an outage however often it tries, and once of its end', async () => {
  const { lines, log } = recorded();
  let tries = 0;
  const subscription = supervise(
    'lively',
    async (connected, signal) => {
      if (++tries <= 3) throw grpcError(status.UNAVAILABLE, '14 UNAVAILABLE: no connection');
      connected();
      await aborted(signal);
    },
    log,
  );
  await until('the connection', 5_000, () => subscription.live);
  await subscription.stop();
  expect(subscription.live).toBe(false);
  expect(lines.map(({ level }) => level)).toEqual([WARN, INFO]);
});

it('takes "Consumer too slow" for no fault, says so once, and goes on', async () => {
  const { lines, log } = recorded();
  let tries = 0;
  const subscription = supervise(
    'slow',
    async (connected) => {
      connected();
      tries++;
      await Promise.resolve();
      throw grpcError(status.ABORTED, '10 ABORTED: Operation timed out : Consumer too slow to handle event');
    },
    log,
  );
  await until('several drops', 5_000, () => tries > 3);
  await subscription.stop();
  expect(lines.map(({ level }) => level)).toEqual([INFO]);
});
