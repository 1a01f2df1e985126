import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conversationOf } from '../../web/src/conversation/conversation.js';
import {
  NOTHING,
  upTo,
  withDelta,
  withEntries,
  type Entry,
  type Transcript,
} from '../../web/src/conversation/transcript.js';

const AT = '2026-01-01T00:00:00.000Z';
type What<E = Entry> = E extends Entry ? Omit<E, 'position' | 'at'> : never;

/** Entries at the positions 10, 20, 30 … */
const entries = (...whats: readonly What[]): Entry[] =>
  whats.map((what, index) => ({ ...what, position: String((index + 1) * 10), at: AT }) as Entry);
const told = (...whats: readonly What[]) => conversationOf(withEntries(NOTHING, entries(...whats)));

const queued = (promptId: string, text = promptId): What => ({
  kind: 'prompt',
  promptId,
  state: 'queued',
  text,
  by: 'person',
});
const sent = (promptId: string): What => ({ kind: 'prompt', promptId, state: 'sent' });
const said = (text: string, entryId?: string): What => ({ kind: 'message', text, entryId });
const ended = (promptId: string, stopReason = 'end_turn'): What => ({
  kind: 'turn_ended',
  promptId,
  stopReason,
});
const unsure = (promptId: string): What => ({
  kind: 'notice',
  code: 'prompt_unsure',
  text: 'Lost.',
  promptId,
});
const ERASURE: What = { kind: 'notice', code: 'session_erased', text: 'Erased.' };
const tool = (toolCallId: string, status: 'pending' | 'completed'): What => ({
  kind: 'tool_call',
  toolCall: { toolCallId, title: toolCallId, kind: 'edit', status, locations: [], content: [] },
});
const plan = (...steps: string[]): What => ({
  kind: 'plan',
  entries: steps.map((content) => ({ content, status: 'pending' as const })),
});
const asked = (permissionId: string): What => ({
  kind: 'permission',
  permissionId,
  state: 'pending',
  title: `May I ${permissionId}?`,
  options: [{ optionId: 'yes', name: 'Yes', kind: 'allow_once' }],
  isEdit: true,
  toolCallId: 'call',
});

const shown = ({ items }: ReturnType<typeof told>) =>
  items.map((item) => {
    switch (item.type) {
      case 'tool':
        return `tool ${item.call.title} ${item.call.status}`;
      case 'plan':
        return `plan ${item.steps.map(({ content }) => content).join(',')}`;
      case 'question':
        return `question ${item.question.title} ${item.question.state}`;
      case 'end':
        return `end ${item.stopReason}`;
      default:
        return `${item.type} ${item.text}`;
    }
  });

describe('a conversation', () => {
  it('shows a prompt where it was sent, and what waits beside it', () => {
    const conversation = told(
      queued('a'),
      sent('a'),
      said('one'),
      queued('b'),
      queued('c'),
      said(' two'),
      ended('a'),
      sent('b'),
    );
    expect(shown(conversation)).toEqual(['prompt a', 'message one two', 'prompt b']);
    expect(conversation.waiting).toEqual([{ promptId: 'c', text: 'c', state: 'queued' }]);
  });

  it('of an erased session shows that it is, and nothing that was read before', () => {
    const [before, erasure, late] = entries(said('secret'), ERASURE, ended('a')) as [Entry, Entry, Entry];
    for (const transcript of [
      withEntries(NOTHING, [before, erasure, late]),
      withEntries(withEntries(NOTHING, [before]), [erasure, late]),
      withEntries(withEntries(NOTHING, [erasure, late]), [before]),
    ]) {
      expect(transcript.entries).toEqual([erasure, late]);
      expect(shown(conversationOf(transcript))).toEqual(['notice Erased.']);
    }
  });

  it('forgets a prompt that was withdrawn', () => {
    const conversation = told(queued('a'), {
      kind: 'prompt',
      promptId: 'a',
      state: 'withdrawn',
      by: 'person',
    });
    expect(conversation).toEqual({ items: [], waiting: [] });
  });

  it('lets somebody decide about a prompt that may not have arrived, and shows it where it was sent last', () => {
    const before = [queued('a'), sent('a'), unsure('a')];
    expect(told(...before).waiting).toEqual([{ promptId: 'a', text: 'a', state: 'unsure', reason: 'Lost.' }]);
    const after = told(
      ...before,
      { kind: 'notice', code: 'agent_lost', text: 'Gone.' },
      { kind: 'prompt', promptId: 'a', state: 'queued', by: 'person' },
      sent('a'),
      said('here'),
    );
    expect(after.waiting).toEqual([]);
    expect(shown(after)).toEqual(['notice Gone.', 'prompt a', 'message here']);
  });

  it('joins what was stored in parts, and nothing else', () => {
    expect(
      shown(
        told(
          said('a'),
          { kind: 'usage', usage: { used: 1 } },
          said('b'),
          { kind: 'thought', text: 'hm' },
          said('c'),
          tool('x', 'pending'),
          said('d'),
        ),
      ),
    ).toEqual(['message ab', 'thought hm', 'message c', 'tool x pending', 'message d']);
  });

  it('shows a tool call, a plan and a question once, as they are now, where they began', () => {
    const conversation = told(
      plan('a', 'b'),
      tool('x', 'pending'),
      asked('write'),
      { kind: 'permission', permissionId: 'write', state: 'answered', answer: 'yes', by: 'person' },
      tool('x', 'completed'),
      plan('a', 'b', 'c'),
      said('done'),
      ended('p'),
      plan('d'),
    );
    expect(shown(conversation)).toEqual([
      'plan a,b,c',
      'tool x completed',
      'question May I write? answered',
      'message done',
      'plan d',
    ]);
    expect(conversation.items[2]).toMatchObject({ question: { answer: 'yes', by: 'person', isEdit: true } });
    expect(new Set(conversation.items.map(({ key }) => key)).size).toBe(conversation.items.length);
  });

  it('says why a turn ended where that was not its end', () => {
    expect(shown(told(said('a'), ended('p', 'cancelled'), said('b'), ended('p')))).toEqual([
      'message a',
      'end cancelled',
      'message b',
    ]);
  });

  it('keeps keys, so that what is unfolded stays unfolded', () => {
    const all = entries(queued('a'), sent('a'), tool('x', 'pending'), said('b'), tool('x', 'completed'));
    let transcript: Transcript = NOTHING;
    const keys = new Map<string, string>();
    for (const entry of all) {
      transcript = withEntries(transcript, [entry]);
      for (const { key, type } of conversationOf(transcript).items) keys.set(key, type);
    }
    expect([...keys.values()]).toEqual(['prompt', 'tool', 'message']);
  });
});

describe('what is being written', () => {
  const delta = (entryId: string, text: string) => ({ entryId, kind: 'message' as const, text });

  it('goes on with what is there until its entry takes its place', () => {
    let transcript = withEntries(NOTHING, entries(said('Hello', 'i/1')));
    transcript = withDelta(withDelta(transcript, delta('i/2', ', wor')), delta('i/2', 'ld'));
    expect(shown(conversationOf(transcript))).toEqual(['message Hello, world']);
    const [, second] = entries(said('', ''), said(', world!', 'i/2'));
    transcript = withEntries(transcript, [second!]);
    expect(transcript.writing).toEqual([]);
    expect(shown(conversationOf(transcript))).toEqual(['message Hello, world!']);
  });

  it('is nothing new where its entry came before it', () => {
    const stored = withEntries(NOTHING, entries(said('Hello', 'i/1')));
    expect(withDelta(stored, delta('i/1', 'Hel'))).toBe(stored);
  });

  it.each<[string, What]>([
    ['the turn', ended('p', 'cancelled')],
    ['the agent', { kind: 'notice', code: 'agent_lost', text: 'Gone.' }],
  ])('ends with %s', (_, what) => {
    const writing = withDelta(NOTHING, delta('i/1', 'Hel'));
    expect(withEntries(writing, entries(what)).writing).toEqual([]);
  });
});

describe('a transcript', () => {
  it('is the same in whatever order and however often its entries come', () => {
    const all = entries(queued('a'), sent('a'), said('b'), tool('x', 'pending'), said('c'), ended('a'));
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom(...all))), (batches) => {
        const transcript = [...batches, all].reduce(withEntries, NOTHING);
        expect(transcript.entries).toEqual(all);
      }),
    );
  });

  it('can be shown as it was at a position', () => {
    const all = withDelta(withEntries(NOTHING, entries(queued('a'), sent('a'), said('b'))), {
      entryId: 'i/9',
      kind: 'message',
      text: 'later',
    });
    expect(shown(conversationOf(upTo(all, '25')))).toEqual(['prompt a']);
    expect(conversationOf(upTo(all, '10')).waiting).toHaveLength(1);
    expect(conversationOf(upTo(all, '9'))).toEqual({ items: [], waiting: [] });
  });
});
