import { describe, expect, it } from '@jest/globals';
import { AcpTranslation } from './acp-translation.js';

const update = (sessionUpdate: unknown, more: object = {}) => ({
  method: 'session/update',
  params: { sessionId: 's', update: { sessionUpdate, ...more } },
});
const said = (text: string) => update('agent_message_chunk', { content: { type: 'text', text } });
const translated = (...messages: unknown[]) => {
  const translation = new AcpTranslation();
  return messages.flatMap((message, i) =>
    translation.eventsOf(i + 1, typeof message === 'string' ? message : JSON.stringify(message)),
  );
};
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('what an agent writes', () => {
  it('is left out where it is of another session than ours', () => {
    const translation = new AcpTranslation('ours');
    const of = (sessionId?: string) =>
      translation.eventsOf(1, JSON.stringify({ ...said('x'), params: { ...said('x').params, sessionId } }));
    expect(of('ours')).toHaveLength(1);
    expect(of(undefined)).toHaveLength(1);
    expect(of('of a helper')).toEqual([]);
  });

  it('is left out where it is nothing that we know', () => {
    const nonsense = [
      ...['', 'not json', 'null', '3', '[]', '"x"', '{}', nested(50_000), '{"__proto__":{"method":"x"}}'],
      { method: 5, id: {} },
      { id: null, result: {} },
      { id: 'prompt', method: null },
      { method: 'session/update' },
      update(5),
      update('of another kind'),
      update('agent_message_chunk', { content: null }),
      update('tool_call', { toolCallId: 7 }),
      update('tool_call', { toolCallId: 'x'.repeat(1_000) }),
      update('plan', { entries: 'many' }),
      update('usage_update', { used: -1, size: 'big' }),
      update('config_option_update', { configOptions: [null] }),
      ...['available_commands_update', 'user_message_chunk'].map((kind) => update(kind, { content: {} })),
      { id: 'probe-1', error: { code: -32601, message: 'no' } },
    ];
    expect(translated(...nonsense)).toEqual([]);
  });

  it('is bounded, and holds nothing that cannot be stored', () => {
    const content = Array.from({ length: 1_000 }, () => ({
      type: 'diff',
      path: 'p',
      newText: 'x'.repeat(100_000),
    }));
    const [text, odd, call] = translated(
      said('x'.repeat(1_000_000)),
      said('a\0b\ud800c'),
      update('tool_call', { toolCallId: 't', title: 'y'.repeat(10_000), content, locations: content }),
    );
    expect(text).toMatchObject({
      type: 'said',
      text: expect.stringContaining('characters are left out here'),
    });
    expect(JSON.stringify(text).length).toBeLessThan(70_000);
    expect(odd).toMatchObject({ text: 'a\uFFFDb\uFFFDc' });
    expect(JSON.stringify(call).length).toBeLessThan(1_500_000);
    expect(call).toMatchObject({
      change: {
        content: expect.arrayContaining([{ type: 'text', text: expect.stringMatching(/980 more/) }]),
      },
    });
  });

  it('asks with ids that are numbers, 0 among them, or texts, and options of kinds that nobody knows', () => {
    const ask = (id: unknown, toolCall?: object) => ({
      id,
      method: 'session/request_permission',
      params: { toolCall, options: [{ optionId: 'o', kind: 'maybe' }, { optionId: 7 }] },
    });
    const events = translated(ask(0), ask('0'), ask(1, { toolCallId: 't', kind: 'move', title: 'Move\nit' }));
    const option = { optionId: 'o', name: 'o', kind: 'other' };
    expect(events).toEqual([
      {
        type: 'permission',
        cursor: 1,
        requestId: '0',
        title: 'The agent asks for leave',
        options: [option],
        isEdit: false,
      },
      {
        type: 'permission',
        cursor: 2,
        requestId: '"0"',
        title: 'The agent asks for leave',
        options: [option],
        isEdit: false,
      },
      { type: 'tool_call', cursor: 2, change: { toolCallId: 't', kind: 'move', title: 'Move it' } },
      {
        type: 'permission',
        cursor: 3,
        requestId: '1',
        toolCallId: 't',
        title: 'Move it',
        options: [option],
        isEdit: true,
      },
    ]);
  });

  it('knows of a permission what the call before it told', () => {
    const events = translated(update('tool_call', { toolCallId: 't', kind: 'edit', title: 'Edit' }), {
      id: 1,
      method: 'session/request_permission',
      params: { toolCall: { toolCallId: 't' }, options: [] },
    });
    expect(events.at(-1)).toMatchObject({ type: 'permission', title: 'Edit', isEdit: true });
  });

  it('ends turns: with a reason that nobody knows, with an error of any shape, or with nothing', () => {
    const ends = translated(
      { id: 'prompt:a', result: { stopReason: 'bored', usage: { inputTokens: 3, outputTokens: 'x' } } },
      { id: 'prompt:b', error: 'no object' },
      { id: 'prompt:c', result: 5 },
    );
    expect(ends).toMatchObject([
      { type: 'turn_ended', promptId: 'a', stopReason: 'other', usage: { inputTokens: 3 } },
      { promptId: 'b', stopReason: 'failed', failure: { message: 'an error without a message' } },
      { promptId: 'c', stopReason: 'failed' },
    ]);
  });

  it('tells what a tool put out', () => {
    const diff = { type: 'diff', path: 'p', oldText: null, newText: 'n' };
    const [, output, , edited] = translated(
      update('tool_call', { toolCallId: 'a', title: 'ls' }),
      update('tool_call_update', { toolCallId: 'a', status: 'completed', rawOutput: { stdout: 'files' } }),
      update('tool_call', { toolCallId: 'b', content: [diff] }),
      update('tool_call_update', { toolCallId: 'b', status: 'completed', rawOutput: 'edited' }),
    );
    const change = { toolCallId: 'b', status: 'completed', output: 'edited' };
    expect(output).toMatchObject({ change: { toolCallId: 'a', output: 'files' } });
    expect(edited).toEqual({ type: 'tool_call', cursor: 4, change });
  });

  it('is refused where nobody serves it', () => {
    expect(translated({ id: 'x', method: 'fs/read_text_file', params: {} })).toEqual([
      { type: 'unserved', method: 'fs/read_text_file', cursor: 1 },
    ]);
  });
});
