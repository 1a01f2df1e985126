import type { SimulatedScript, SimulatedTurn } from './simulated-agent.js';

/** What the agents of the simulated provider answer. */
export const SIMULATED_ANSWER = 'This is a simulation: no agent read the prompt and no work was done.';

/** How many chunks of `!flood` come at once. */
const FLOOD_BATCH = 100;

/**
 * The directives of the mock agent, without any work: lines that begin with `!`, in their order. A prompt without any is
 * answered after `answerMs` milliseconds.
 */
export function simulatedScript(answerMs: number): SimulatedScript {
  return async (text, turn) => {
    const lines = [...text.matchAll(/^!([a-z]+)[ \t]*(.*)$/gm)];
    for (const [, word = '', rest = ''] of lines) await obey(word, rest.trimEnd(), turn);
    if (lines.length > 0) return;
    await turn.sleep(answerMs);
    turn.tell({ type: 'said', text: SIMULATED_ANSWER });
  };
}

async function obey(word: string, rest: string, turn: SimulatedTurn): Promise<void> {
  const [first = '', second = '', third = ''] = rest.split(' ');
  const say = (text: string) => turn.tell({ type: 'said', text });
  switch (word) {
    case 'sleep':
      return turn.sleep(Number(first) || 0);
    case 'say':
      return say(`${rest}\n`);
    case 'think':
      return turn.tell({ type: 'thought', text: rest });
    case 'flood':
      for (let i = 1; i <= (Number(first) || 0); i++) {
        say(`<${i}>`);
        if (i % FLOOD_BATCH === 0) await turn.sleep(0);
      }
      return;
    case 'plan':
      return turn.tell({
        type: 'plan',
        entries: rest.split(' | ').map((content) => ({ content, status: 'completed' })),
      });
    case 'write':
      return callTool(`Write ${first}`, 'edit', turn);
    case 'run':
      return callTool(rest, 'execute', turn);
    case 'ask': {
      const titles = rest.split(' | ');
      const chosen = await Promise.all(titles.map((title) => turn.ask(title)));
      return titles.forEach((title, i) => say(`${title}: ${chosen[i]}\n`));
    }
    case 'usage': {
      const usage = { used: Number(first) || 0, size: Number(second) || 0, cost: Number(third) || 0 };
      return turn.tell({ type: 'usage', usage: { ...usage, currency: 'USD' } });
    }
    case 'refuse':
      return turn.end({
        stopReason: 'failed',
        failure: { code: Number(first) || -32_603, message: rest.slice(first.length + 1) || 'refused' },
      });
    case 'elicit':
      turn.tell({ type: 'unserved', method: 'elicitation/create' });
      return say('The question was refused with -32601.\n');
    case 'exit':
      return turn.exit(`The agent ended with exit code ${Number(first) || 0}.`);
    default:
      return say(`I do not know the directive "!${word}".\n`);
  }
}

let calls = 0;

async function callTool(title: string, kind: string, turn: SimulatedTurn): Promise<void> {
  const toolCallId = `call-${++calls}`;
  const tell = (status: 'pending' | 'completed' | 'failed', more = {}) =>
    turn.tell({ type: 'tool_call', change: { toolCallId, status, ...more } });
  tell('pending', { title, kind });
  const isEdit = kind === 'edit';
  const chosen = turn.modeId === 'auto' ? 'allow' : await turn.ask(title, { toolCallId, isEdit });
  tell(chosen === 'reject' ? 'failed' : 'completed');
}
