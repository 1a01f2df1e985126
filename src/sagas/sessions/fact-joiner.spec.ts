import { describe, expect, it } from '@jest/globals';
import type { AgentEvent, ToolCallChange } from '../../providers/session-channel.js';
import { FactJoiner } from './fact-joiner.js';

type Told = Exclude<AgentEvent, { type: 'exited' }>;
type What = Told extends infer E ? (E extends Told ? Omit<E, 'cursor'> : never) : never;
const factsOf = (...events: What[]) => {
  const joiner = new FactJoiner('agent-1', []);
  return [
    ...events.flatMap((event, i) => joiner.take({ ...event, cursor: i + 1 } as Told)),
    ...joiner.flush(),
  ];
};
const usage = (used: number, more: object = {}): What => ({
  type: 'usage',
  usage: { used, size: 1_000_000, ...more },
});
const said = (text: string): What => ({ type: 'said', text });
const end: What = { type: 'turn_ended', promptId: 'p', stopReason: 'end_turn' };

describe('what an agent does, joined', () => {
  it('has its usage once a turn where that hardly changes, and no text is cut for it', () => {
    const facts = factsOf(usage(12), said('a'), usage(18), said('b'), usage(21), end);
    expect(facts).toEqual([
      expect.objectContaining({ type: 'said', text: 'ab' }),
      { type: 'usage', usage: { used: 21, size: 1_000_000 }, cursor: 6 },
      expect.objectContaining({ type: 'turn_ended', cursor: 6 }),
    ]);
  });

  it('has its usage at once where that has changed much, or costs more', () => {
    const cost = { cost: 0.5, currency: 'USD' };
    const facts = factsOf(usage(20_000), usage(20_001), usage(30_001), usage(30_001, cost), end);
    expect(facts.map((fact) => fact.type === 'usage' && [fact.usage.used, fact.usage.cost])).toEqual([
      [20_000, undefined],
      [30_001, undefined],
      [30_001, 0.5],
      false,
    ]);
  });

  describe('shows what a tool put out', () => {
    const call = (change: Omit<ToolCallChange, 'toolCallId'>): What => ({
      type: 'tool_call',
      change: { toolCallId: 't', ...change },
    });
    const shown = (...changes: Omit<ToolCallChange, 'toolCallId'>[]) => {
      const last = factsOf(...changes.map(call)).at(-1);
      return last?.type === 'tool_call' ? last.content : undefined;
    };
    const text = (words: string) => ({ type: 'text', text: words }) as const;
    const diff = { type: 'diff', path: 'a', oldText: null, newText: 'b' } as const;

    it('in the place of the words that the question came with', () => {
      const asked = { content: [text('Proposed amendment: touch')] };
      expect(shown(asked, { status: 'completed', output: 'files' })).toEqual([text('files')]);
      expect(shown({ status: 'completed', output: 'files' })).toEqual([text('files')]);
    });

    it('but not in the place of a change, nor of what is shown with it', () => {
      expect(shown({ content: [diff] }, { status: 'completed', output: 'edited' })).toEqual([diff]);
      expect(shown({ output: 'raw', content: [text('fine')] })).toEqual([text('fine')]);
    });
  });
});
