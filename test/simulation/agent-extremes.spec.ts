import { describe, expect, it } from '@jest/globals';
import { decideSession } from '../../src/commands/decide-session.js';
import type { SessionEvent } from '../../src/events/session/session-events.js';
import { sessionCodec } from '../../src/events/session/session-codec.js';
import { AcpTranslation } from '../../src/providers/local/acp-translation.js';
import { choicesOf } from '../../src/providers/local/session-choices.js';
import { FactJoiner } from '../../src/sagas/sessions/fact-joiner.js';
import { foldSession } from '../support/session-spec.js';

const at = '2026-01-02T03:04:05.678Z';
const opened = decideSession(
  {
    ...{ type: 'Open', sessionId: 's', taskId: 't', workspaceId: 'w', agentType: 'mock' },
    permissionPolicy: 'ask',
    firstPrompt: { promptId: 'p', text: 'go' },
    at,
  } as const,
  null,
);
const attached = [
  ...opened,
  ...decideSession(
    { type: 'Attach', how: 'new', instance: 'agent', agentSessionId: 'a', at },
    foldSession(opened),
  ),
];
const working = [
  ...attached,
  ...decideSession({ type: 'SendPrompt', promptId: 'p', at }, foldSession(attached)),
];

/** What is stored of what an agent writes. */
function storedOf(...messages: object[]): SessionEvent[] {
  const translation = new AcpTranslation();
  const joiner = new FactJoiner('agent', []);
  const facts = messages.flatMap((message, i) =>
    translation
      .eventsOf(i + 1, JSON.stringify(message))
      .flatMap((event) => (event.type === 'exited' ? [] : joiner.take(event))),
  );
  const all = [...facts, ...joiner.flush()];
  const record = { type: 'Record', instance: 'agent', after: 0, facts: all, at } as const;
  const events = decideSession(record, foldSession(working));
  sessionCodec.encode(events, { commandId: 'c', correlationId: 'c', causationId: 'c', actor: 'a' });
  return events;
}

const update = (sessionUpdate: string, more: object) => ({
  method: 'session/update',
  params: { update: { sessionUpdate, ...more } },
});
const long = 'x'.repeat(200_000);
const many = (make: (i: number) => unknown, count = 300) => Array.from({ length: count }, (_, i) => make(i));
const typesOf = (events: readonly SessionEvent[]) => events.map(({ type }) => type);

describe('what an agent writes can be stored, however long it is', () => {
  it('a text in one piece: it becomes several entries, and no character is cut in two', () => {
    const text = `a${'😀'.repeat(15_000)}`;
    const events = storedOf(
      update('agent_message_chunk', { content: { type: 'text', text: 'so ' } }),
      update('agent_message_chunk', { content: { type: 'text', text } }),
      update('agent_message_chunk', { content: { type: 'text', text: ' end' } }),
    );
    const said = events.flatMap((event) => (event.type === 'AgentSaid' ? event.data.text : []));
    expect(said.join('')).toBe(`so ${text} end`);
    expect(said.every((each) => each.isWellFormed())).toBe(true);
  });

  it('a longer one: cut in the middle with a mark', () => {
    const [, said] = storedOf(update('agent_message_chunk', { content: { type: 'text', text: long } }));
    expect(said?.type).toBe('AgentSaid');
  });

  it('a change of a large file, and a tool call with all that it can have', () => {
    const diff = { type: 'diff', path: long, oldText: long, newText: `${long}\0` };
    const text = { type: 'content', content: { type: 'text', text: long } };
    const content = many((i) => (i % 2 === 0 ? diff : text));
    const call = {
      ...{ toolCallId: 'c'.repeat(200), title: long, kind: long, content, rawOutput: long },
      locations: many(() => ({ path: long, line: 1 })),
    };
    expect(typesOf(storedOf(update('tool_call', call)))).toEqual(['TurnStarted', 'ToolCallChanged']);
  });

  it('plans, usage, modes and models', () => {
    const options = many((i) => ({ value: `${'m'.repeat(190)}${i}`, name: long }));
    const model = { id: 'model', category: 'model', type: 'select', currentValue: 'm'.repeat(200), options };
    const events = storedOf(
      update('plan', { entries: many(() => ({ content: long })) }),
      update('config_option_update', { configOptions: [model] }),
      update('usage_update', { used: 1e15, size: 1e15, cost: { amount: 1e11, currency: 'EUR' } }),
    );
    expect(typesOf(events)).toEqual(['TurnStarted', 'PlanChanged', 'ModeChanged', 'UsageReported']);
    const choices = choicesOf({ configOptions: [model] }).choices;
    const spec = { type: 'Attach', how: 'new', instance: 'other', agentSessionId: 'a', at } as const;
    const modes = [...choices.modes];
    const told = decideSession(
      { ...spec, choices: { ...choices, modes, models: [...choices.models] } },
      foldSession(opened),
    );
    expect(told.every(sessionCodec.fits)).toBe(true);
  });

  it('questions; one of which the id is too long is refused', () => {
    const ask = (id: string) => ({
      ...{ id, method: 'session/request_permission' },
      params: {
        toolCall: { toolCallId: 't', title: long },
        options: many((i) => ({ optionId: `${i}`.padEnd(200, 'o'), name: long, kind: 'allow_once' })),
      },
    });
    expect(typesOf(storedOf(ask('"'.repeat(99))))).toEqual(['TurnStarted', 'PermissionRequested']);
    expect(typesOf(storedOf(ask('"'.repeat(200))))).toEqual(['TurnStarted', 'RequestUnserved']);
  });

  it('failures', () => {
    const error = { code: -1, message: long };
    expect(typesOf(storedOf({ id: 'prompt:p', error }))).toEqual(['TurnStarted', 'TurnEnded']);
  });
});

describe('what cannot be stored', () => {
  it('is left out with a mark: nobody reads it again and again', () => {
    const fact = { type: 'said', text: long, cursor: 1 } as const;
    const record = { type: 'Record', instance: 'agent', after: 0, facts: [fact], at } as const;
    expect(typesOf(decideSession(record, foldSession(working)))).toEqual(['TurnStarted', 'TranscriptGap']);
  });
});
