import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { never, type Bench } from './bench.js';
import { Conversation } from './conversation.js';
import { isOpened } from './making-cases.js';
import type { ContractCase } from './contract-case.js';

/** Sessions outlive whoever attends to them. */
export const sessionCases = (bench: Bench): ContractCase[] => [
  {
    name: 'lists an opened session, has one at a time attached to it, and answers prompts in their order',
    async run() {
      const [first, second] = [await bench.open(), await bench.open()];
      const spec = { ...(await bench.provision(first)), recap: async () => 'What was said.' };
      assert.ok(await isOpened(bench, spec.sessionId));
      const over = new AbortController();
      const session = await first.attachSession(spec, { start: false }, over.signal);
      assert.equal(session?.how, 'same');
      assert.equal(session.agentSessionId, spec.agentSessionId);
      const here = new Conversation(session, over);

      const later = new AbortController();
      let isFree = false;
      const waiting = second
        .attachSession(spec, { start: false }, later.signal)
        .finally(() => (isFree = true));
      const ids = [await here.prompt('Say something'), await here.prompt('And more')];
      assert.deepEqual(await here.ended(2), ids);
      assert.ok(here.words.some(({ type, text }) => type === 'said' && text));
      const cursors = here.words.map(({ cursor }) => cursor);
      assert.deepEqual(
        cursors,
        [...cursors].sort((a, b) => a - b),
      );
      assert.equal(isFree, false);
      await here.leave();

      const next = new Conversation((await waiting)!, later, cursors.at(-1));
      const promptId = await next.prompt('And again');
      assert.deepEqual(await next.ended(1), [promptId]);
      await next.leave();
    },
  },
  {
    name: 'holds several sessions in one sandbox',
    async run() {
      const provider = await bench.open();
      const spec = await bench.provision(provider);
      const more = { ...spec, sessionId: randomUUID() };
      const { agentSessionId } = await provider.createSession(more, never);
      assert.notEqual(agentSessionId, spec.agentSessionId);
      assert.deepEqual(await provider.findSession(spec, never), { agentSessionId: spec.agentSessionId });
      assert.deepEqual(await provider.findSession(more, never), { agentSessionId });
    },
  },
];
