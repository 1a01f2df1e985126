import { expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { SlipwayError } from '@slipway/client';
import { ServiceProcess } from '../support/service-process.js';

const ROUNDS = Number(process.env.NINE_KILLS_ROUNDS ?? 1);
const TASKS = 300;

it.each(Array.from({ length: ROUNDS }, (_, n) => n))(
  'nine kills 0.2 to 1.1 s after it is ready leave every accepted task running, round %i',
  async () => {
    const service = await ServiceProcess.start({ LOG_LEVEL: 'warn', SLIPWAY_SIMULATED_LATENCY_MS: '400' });
    try {
      const tasks: string[] = [];
      // A caller repeats what got no answer, with the same key, until it is told.
      const create = async (n: number) => {
        for (;;) {
          try {
            const task = { task: `kill ${n}`, repoRemote: 'https://git.example.com/acme/shop.git' };
            const { taskId } = await service.client.createTask(task, { idempotencyKey: `kill-${n}` });
            return tasks.push(taskId);
          } catch (error) {
            // The service is gone, or not ready: it comes back.
            if (!(error instanceof SlipwayError) || (error.status > 0 && error.status < 500)) throw error;
          }
          await pause(100);
        }
      };
      const creating = Promise.all(Array.from({ length: TASKS }, (_, n) => create(n)));
      for (let kill = 0; kill < 9; kill++) {
        await pause(200 + Math.random() * 900);
        await service.kill();
        await service.start();
      }
      await creating;
      const begun = performance.now();
      for (const id of tasks) await service.waitForStatus(id, 'running');
      process.stdout.write(`${tasks.length} running ${Math.round(performance.now() - begun)} ms after\n`);
      expect(new Set(tasks).size).toBe(TASKS);
    } finally {
      await service.dispose();
    }
  },
  240_000,
);
