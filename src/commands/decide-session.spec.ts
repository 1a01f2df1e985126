import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldSession, given } from '../../test/support/session-spec.js';
import type { SessionEvent } from '../events/session/session-events.js';
import {
  activityOf,
  evolveSession,
  isPending,
  isWaiting,
  type SessionState,
} from '../events/session/session-state.js';
import { PERMISSION_POLICIES, type PermissionPolicy } from '../events/session/session-vocabulary.js';
import { TEXTS } from '../events/texts.js';
import { MOST_QUEUED, decideSession } from './decide-session.js';
import type { AgentFact, SessionCommand } from './session-commands.js';

const at = '2026-01-02T03:04:05.678Z';
const open = {
  type: 'Open',
  sessionId: 'session-1',
  taskId: 'task-1',
  workspaceId: 'default',
  agentType: 'mock',
  permissionPolicy: 'ask',
  at,
} as const;
const opened = decideSession(open, null);
const attach = { type: 'Attach', how: 'new', instance: 'agent-a', agentSessionId: 'a-1', at } as const;
const attached = [...opened, ...decideSession(attach, foldSession(opened))];

const queue = (promptId: string): SessionCommand => ({
  type: 'QueuePrompt',
  promptId,
  text: `do ${promptId}`,
  by: 'person',
  at,
});
const queued = (promptId: string): SessionEvent => ({
  type: 'PromptQueued',
  data: { promptId, text: `do ${promptId}`, by: 'person', at },
});
const sent = (promptId: string): SessionEvent => ({ type: 'PromptSent', data: { promptId, at } });
const begun = (promptId: string): SessionEvent => ({ type: 'TurnStarted', data: { promptId, at } });
const send = (promptId: string): SessionCommand => ({ type: 'SendPrompt', promptId, at });
const record = (...facts: AgentFact[]): SessionCommand => ({
  type: 'Record',
  instance: 'agent-a',
  after: (facts[0]?.cursor ?? 1) - 1,
  facts,
  at,
});
const said = (text: string, cursor: number): AgentFact => ({ type: 'said', text, cursor });
const ended = (promptId: string, cursor: number): AgentFact => ({
  type: 'turn_ended',
  promptId,
  stopReason: 'end_turn',
  cursor,
});
const options = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
] as const;
const asks = (
  permissionId: string,
  cursor: number,
  isEdit = true,
): Extract<AgentFact, { type: 'permission' }> => ({
  type: 'permission',
  permissionId,
  requestId: '0',
  title: 'Write a.txt',
  options: [...options],
  isEdit,
  cursor,
});
const asked = (permissionId: string, cursor: number, isEdit = true): SessionEvent => {
  const { type: _, ...data } = asks(permissionId, cursor, isEdit);
  return { type: 'PermissionRequested', data: { ...data, at } };
};
const answered = (permissionId: string, optionId: string | null, by: string): SessionEvent => ({
  type: 'PermissionAnswered',
  data: { permissionId, optionId, by, at },
});
const working = [...attached, queued('p1'), sent('p1'), begun('p1')];
const waiting = [...working, asked('q1', 1)];
const withPolicy = (permissionPolicy: PermissionPolicy): SessionEvent => ({
  type: 'SettingsChanged',
  data: { permissionPolicy, by: 'person', at },
});

describe('a session', () => {
  it('is opened once, with what the task was created for as its first prompt', () => {
    const firstPrompt = { promptId: 'p0', text: 'fix it' };
    given([])
      .when({ ...open, firstPrompt })
      .then([...opened, { type: 'PromptQueued', data: { ...firstPrompt, by: 'task', at } }])
      .leaves({ agent: 'none', prompts: [expect.objectContaining({ state: 'queued' })] as never });
    given(opened).when(open).thenNothing();
  });

  it('says that what was said before it had a stream is missing', () => {
    given([])
      .when({ ...open, gap: 'earlier version' })
      .then([...opened, { type: 'TranscriptGap', data: { reason: 'earlier version', at } }]);
  });

  it('takes no command before it is there', () => {
    given([]).when(queue('p1')).thenRefused('session_not_found');
  });
});

describe('prompts', () => {
  it('queue at any time, in order, and each once', () => {
    for (const history of [opened, attached, working, waiting])
      given(history)
        .when(queue('p9'))
        .then([queued('p9')]);
    given([...opened, queued('p1')])
      .when(queue('p1'))
      .thenNothing();
  });

  it('are sent one at a time, the oldest first, and only to an agent that is there', () => {
    const two = [...attached, queued('p1'), queued('p2')];
    given(two).when(send('p2')).thenNothing();
    given(two)
      .when(send('p1'))
      .then([sent('p1')])
      .leaves({ turn: { promptId: 'p1', cancelling: false } });
    given([...two, sent('p1')])
      .when(send('p2'))
      .thenNothing();
    given([...opened, queued('p1')])
      .when(send('p1'))
      .thenNothing();
  });

  it('cannot be without end', () => {
    const many = Array.from({ length: MOST_QUEUED }, (_, n) => queued(`p${n}`));
    given([...opened, ...many])
      .when(queue('one-more'))
      .thenRefused('too_many_prompts');
  });

  it('can be taken back while they wait, not later', () => {
    const withdraw = { type: 'WithdrawPrompt', promptId: 'p1', by: 'person', at } as const;
    given([...opened, queued('p1')])
      .when(withdraw)
      .then([{ type: 'PromptWithdrawn', data: { promptId: 'p1', by: 'person', at } }]);
    given(working).when(withdraw).thenRefused('prompt_not_queued');
    given(opened).when(withdraw).thenRefused('prompt_not_found');
  });

  it('of which nobody knows whether they arrived wait for somebody to decide, and hold up the others', () => {
    const doubted = { type: 'PromptUnsure', data: { promptId: 'p1', reason: 'no sign', at } } as const;
    const doubt = { type: 'DoubtPrompt', promptId: 'p1', reason: 'no sign', at } as const;
    const inDoubt = [...attached, queued('p1'), queued('p2'), sent('p1'), doubted];
    given([...attached, queued('p1'), sent('p1')])
      .when(doubt)
      .then([doubted]);
    given(working).when(doubt).thenNothing();
    given(inDoubt).when(send('p2')).thenNothing();
    const resend = { type: 'ResendPrompt', promptId: 'p1', by: 'person', at } as const;
    const resent = { type: 'PromptResent', data: { promptId: 'p1', by: 'person', at } } as const;
    given(inDoubt).when(resend).then([resent]);
    given([...inDoubt, resent])
      .when(send('p1'))
      .then([sent('p1')]);
    given(working).when(resend).thenRefused('prompt_not_unsure');
  });
});

describe('what the agent does', () => {
  it('begins the turn, is stored in order, and ends it', () => {
    given([...attached, queued('p1'), sent('p1')])
      .when(record(said('hello', 1), ended('p1', 2)))
      .then([
        begun('p1'),
        { type: 'AgentSaid', data: { text: 'hello', cursor: 1, at } },
        { type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'end_turn', cursor: 2, at } },
      ])
      .leaves({ turn: null, cursor: 2 });
  });

  it('is stored once, however often it is read', () => {
    const once: SessionEvent[] = [...working, { type: 'AgentSaid', data: { text: 'hello', cursor: 5, at } }];
    given(once)
      .when(record(said('hell', 4), said('o', 5)))
      .thenNothing();
    given(once)
      .when(record(said('again', 6)))
      .then([{ type: 'AgentSaid', data: { text: 'again', cursor: 6, at } }]);
  });

  it('is refused from an agent process that is not the present one', () => {
    given(working)
      .when({ ...record(said('late', 9)), instance: 'agent-b' } as SessionCommand)
      .thenNothing();
  });

  it('ends no other turn than its own', () => {
    given(working)
      .when(record(ended('p0', 1)))
      .thenNothing();
  });
});

describe('questions', () => {
  it('wait for a person', () => {
    given(working)
      .when(record(asks('q1', 1)))
      .then([asked('q1', 1)]);
  });

  it('take the first answer; the second is told so', () => {
    const yes = { type: 'AnswerPermission', permissionId: 'q1', optionId: 'yes', by: 'person', at } as const;
    given(waiting)
      .when(yes)
      .then([answered('q1', 'yes', 'person')]);
    given([...waiting, answered('q1', 'yes', 'person')])
      .when({ ...yes, optionId: 'no' })
      .thenRefused('permission_answered');
    given(waiting)
      .when({ ...yes, optionId: 'maybe' })
      .thenRefused('unknown_option');
    given(working).when(yes).thenRefused('permission_not_found');
  });

  it.each<[PermissionPolicy, boolean, string | null | undefined]>([
    ['ask', true, undefined],
    ['ask', false, undefined],
    ['allow_edits', true, 'yes'],
    ['allow_edits', false, undefined],
    ['allow_all', true, 'yes'],
    ['allow_all', false, 'yes'],
    ['deny', true, 'no'],
    ['deny', false, 'no'],
  ])('under %s (an edit: %s) are answered %s', (policy, isEdit, answer) => {
    given([...working, withPolicy(policy)])
      .when(record(asks('q1', 1, isEdit)))
      .then([asked('q1', 1, isEdit), ...(answer === undefined ? [] : [answered('q1', answer, 'policy')])]);
  });

  it('that wait are answered as a new policy says', () => {
    given(waiting)
      .when({ type: 'ChangeSettings', permissionPolicy: 'allow_all', by: 'person', at })
      .then([withPolicy('allow_all'), answered('q1', 'yes', 'policy')]);
  });

  it('end as cancelled with their turn', () => {
    given(waiting)
      .when(record(ended('p1', 2)))
      .then([
        answered('q1', null, 'turn_ended'),
        { type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'end_turn', cursor: 2, at } },
      ]);
  });
});

describe('cancel', () => {
  const cancel = { type: 'Cancel', by: 'person', at } as const;

  it('stops the turn and its questions, and leaves what is queued', () => {
    given([...waiting, queued('p2')])
      .when(cancel)
      .then([{ type: 'CancelRequested', data: { by: 'person', at } }, answered('q1', null, 'cancel')])
      .leaves({ turn: { promptId: 'p1', cancelling: true } });
  });

  it('is harmless when there is nothing to stop, and when it was asked for already', () => {
    given(attached).when(cancel).thenNothing();
    given([...working, { type: 'CancelRequested', data: { by: 'person', at } }])
      .when(cancel)
      .thenNothing();
  });
});

describe('a question that is asked outside of a turn', () => {
  const unsure: SessionEvent = { type: 'PromptUnsure', data: { promptId: 'p1', reason: 'no sign', at } };
  const takenBack: SessionEvent = { type: 'PromptWithdrawn', data: { promptId: 'p1', by: 'person', at } };
  // The agent had it all the same.
  const history = [...attached, queued('p1'), sent('p1'), unsure, takenBack, asked('q1', 1)];

  it('is answered as cancelled by a cancel, by the end of its agent, by another agent and by the end of the session', () => {
    given(history)
      .when({ type: 'Cancel', by: 'person', at })
      .then([answered('q1', null, 'cancel')]);
    given(history)
      .when({ type: 'LoseAgent', instance: 'agent-a', how: 'exited', reason: 'it ended', at })
      .then([answered('q1', null, 'agent_lost'), { type: 'AgentLost', data: { reason: 'it ended', at } }]);
    given(history)
      .when({ ...attach, instance: 'agent-b' })
      .then([
        { type: 'TranscriptGap', data: { reason: expect.anything() as never, at } },
        answered('q1', null, 'agent_lost'),
        { type: 'AgentResumed', data: { how: 'new', instance: 'agent-b', agentSessionId: 'a-1', at } },
      ]);
    given(history)
      .when({ type: 'End', reason: 'the task was archived', isFinal: false, at })
      .then([
        answered('q1', null, 'agent_lost'),
        { type: 'SessionEnded', data: { reason: 'the task was archived', at } },
      ]);
  });

  it('or after the session has ended, waits for nobody', () => {
    const over: SessionEvent = { type: 'SessionEnded', data: { reason: 'the task was archived', at } };
    given([...attached, over])
      .when(record(asks('q1', 1)))
      .then([asked('q1', 1), answered('q1', null, 'agent_lost')]);
  });
});

describe('the end of a session', () => {
  const archived = { type: 'End', reason: 'the task was archived', isFinal: false, at } as const;
  const killed = { type: 'End', reason: 'the task was killed', isFinal: true, at } as const;
  const takenBack = (promptId: string): SessionEvent => ({
    type: 'PromptWithdrawn',
    data: { promptId, by: 'task_killed', at },
  });
  const two = [...working, queued('p2'), queued('p3')];
  const lost: SessionEvent = { type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'lost', at } };

  it('with an archived task leaves what waits for its resumption, and says so', () => {
    const reason = 'the task was archived; 2 prompts to be sent when it is resumed';
    given(two)
      .when(archived)
      .then([lost, { type: 'SessionEnded', data: { reason, at } }])
      .leaves({ agent: 'ended', turn: null });
  });

  it('with a killed task takes back what waits, also what nobody knows of, also after an archive; nothing is asked after it', () => {
    const reason = 'the task was killed; 2 prompts not sent any more';
    const over: SessionEvent = { type: 'SessionEnded', data: { reason, final: true, at } };
    given(two)
      .when(killed)
      .then([lost, takenBack('p2'), takenBack('p3'), over]);
    given([...two, lost, { type: 'SessionEnded', data: { reason: 'archived', at } }])
      .when(killed)
      .then([takenBack('p2'), takenBack('p3'), over])
      .leaves({ isFinal: true });
    given([...attached, queued('p1'), sent('p1')])
      .when(killed)
      .then([
        { type: 'PromptUnsure', data: { promptId: 'p1', reason: expect.anything() as never, at } },
        takenBack('p1'),
        {
          type: 'SessionEnded',
          data: { reason: 'the task was killed; 1 prompt not sent any more', final: true, at },
        },
      ]);
    given([...two, over])
      .when(killed)
      .thenNothing();
    given([...two, over])
      .when(queue('p9'))
      .thenRefused('session_is_over');
  });
});

describe('an agent that is gone', () => {
  const lose = { type: 'LoseAgent', instance: 'agent-a', how: 'exited', reason: 'it ended', at } as const;
  const lost: SessionEvent = { type: 'AgentLost', data: { reason: 'it ended', at } };

  it('ends its turn as lost; a prompt that may not have reached it is in doubt', () => {
    given(working)
      .when(lose)
      .then([{ type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'lost', at } }, lost]);
    given([...attached, queued('p1'), sent('p1')])
      .when(lose)
      .then([
        {
          type: 'PromptUnsure',
          data: {
            promptId: 'p1',
            reason: 'The agent ended, and it is not known whether it had the prompt.',
            at,
          },
        },
        lost,
      ]);
  });

  it('is told of once for each reason', () => {
    given([...attached, lost])
      .when(lose)
      .thenNothing();
    given([...attached, lost])
      .when({ ...lose, reason: 'it cannot be started' })
      .then([{ type: 'AgentLost', data: { reason: 'it cannot be started', at } }]);
  });

  it('is followed by another, whose events are counted anew', () => {
    given([...working, { type: 'AgentSaid', data: { text: 'x', cursor: 7, at } }, lost])
      .when({ ...attach, how: 'load', instance: 'agent-b' })
      .then([
        {
          type: 'TranscriptGap',
          data: {
            reason: 'The agent ended while nobody read what it did; what it did last may be missing.',
            at,
          },
        },
        { type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'lost', at } },
        { type: 'AgentResumed', data: { how: 'load', instance: 'agent-b', agentSessionId: 'a-1', at } },
      ])
      .leaves({ agent: 'attached', cursor: 0, turn: null });
  });
});

describe('a prompt that is with an agent', () => {
  const history = [...attached, queued('p1'), queued('p2'), sent('p1')];
  const unsure: SessionEvent = { type: 'PromptUnsure', data: { promptId: 'p1', reason: 'no sign', at } };
  const confirm = { type: 'ConfirmPrompt', promptId: 'p1', at } as const;
  const other: SessionEvent = {
    type: 'AgentResumed',
    data: { how: 'load', instance: 'agent-b', agentSessionId: 'a-1', at },
  };

  it('that its server has taken is worked on, however long it is silent', () => {
    given(history)
      .when(confirm)
      .then([begun('p1')]);
    given([...history, begun('p1')])
      .when({ type: 'DoubtPrompt', promptId: 'p1', reason: 'no sign', at })
      .thenNothing();
    given([...history, unsure])
      .when(confirm)
      .then([begun('p1')]);
  });

  it('is in doubt no more when its agent shows a sign of it, or its end', () => {
    given([...history, unsure])
      .when(record(said('late', 1)))
      .then([begun('p1'), { type: 'AgentSaid', data: { text: 'late', cursor: 1, at } }])
      .leaves({ turn: { promptId: 'p1', cancelling: false } });
    given([...history, unsure])
      .when(record(ended('p1', 1)))
      .then([
        begun('p1'),
        { type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'end_turn', cursor: 1, at } },
      ])
      .leaves({ turn: null });
  });

  it('is not shown by what another agent process does, nor by work on one that was taken back', () => {
    given([...history, unsure, other])
      .when({ ...record(said('hello', 1)), instance: 'agent-b' } as SessionCommand)
      .then([{ type: 'AgentSaid', data: { text: 'hello', cursor: 1, at } }]);
    const takenBack: SessionEvent = { type: 'PromptWithdrawn', data: { promptId: 'p1', by: 'person', at } };
    given([...history, unsure, takenBack, sent('p2')])
      .when(record(said('for p1', 1)))
      .then([{ type: 'AgentSaid', data: { text: 'for p1', cursor: 1, at } }])
      .leaves({ prompts: [expect.anything(), expect.objectContaining({ state: 'sent' })] as never });
  });

  it('is not ended by the end of an earlier sending of it', () => {
    const resent: SessionEvent = { type: 'PromptResent', data: { promptId: 'p1', by: 'person', at } };
    const again = [...history, unsure, resent, sent('p1'), begun('p1')];
    given(again)
      .when(record({ ...ended('p1', 1), send: 1 } as AgentFact))
      .thenNothing();
    given(again)
      .when(record({ ...ended('p1', 1), send: 2 } as AgentFact))
      .then([{ type: 'TurnEnded', data: { promptId: 'p1', stopReason: 'end_turn', cursor: 1, at } }]);
  });

  it('may have been worked on by an agent that another one replaces: that is said', () => {
    given([...history, unsure])
      .when({ ...attach, how: 'load', instance: 'agent-b' })
      .then([
        { type: 'TranscriptGap', data: { reason: expect.stringContaining('may be missing') as never, at } },
        other,
      ]);
  });
});

describe('whoever attends to a session', () => {
  it('and was overtaken stores nothing, for others may have joined the texts otherwise', () => {
    const stored: SessionEvent[] = [...working, { type: 'AgentSaid', data: { text: '12', cursor: 2, at } }];
    given(stored)
      .when({ type: 'Record', instance: 'agent-a', after: 1, facts: [said('23', 3)], at })
      .thenNothing();
  });

  it('and is in trouble says so, and leaves the turn to the agent, which may well go on', () => {
    const lost: SessionEvent = { type: 'AgentLost', data: { reason: 'the store is away', at } };
    given(waiting)
      .when({ type: 'LoseAgent', instance: 'agent-a', how: 'trouble', reason: 'the store is away', at })
      .then([lost]);
    given([...working, lost])
      .when({ ...attach, how: 'same' })
      .then([{ type: 'AgentResumed', data: { how: 'same', instance: 'agent-a', agentSessionId: 'a-1', at } }])
      .leaves({ turn: { promptId: 'p1', cancelling: false } });
  });
});

describe('whatever is asked, in whatever order', () => {
  const prompt = fc.constantFrom('p1', 'p2');
  const cursor = fc.integer({ min: 1, max: 9 });
  const command: fc.Arbitrary<SessionCommand> = fc.oneof(
    prompt.map(queue),
    prompt.map(send),
    prompt.map((promptId): SessionCommand => ({ type: 'WithdrawPrompt', promptId, by: 'person', at })),
    prompt.map((promptId): SessionCommand => ({ type: 'DoubtPrompt', promptId, reason: 'no sign', at })),
    prompt.map((promptId): SessionCommand => ({ type: 'ResendPrompt', promptId, by: 'person', at })),
    fc.constant<SessionCommand>({ type: 'Cancel', by: 'person', at }),
    fc.constantFrom(...PERMISSION_POLICIES).map((permissionPolicy): SessionCommand => ({
      type: 'ChangeSettings',
      permissionPolicy,
      by: 'person',
      at,
    })),
    fc.constantFrom('agent-a', 'agent-b').map((instance): SessionCommand => ({ ...attach, instance })),
    fc.constantFrom('agent-a', 'agent-b').map((instance): SessionCommand => ({
      type: 'LoseAgent',
      instance,
      how: 'gone',
      reason: 'it ended',
      at,
    })),
    fc
      .tuple(fc.constantFrom('agent-a', 'agent-b'), cursor, prompt)
      .chain(([instance, n, promptId]) =>
        fc
          .constantFrom<AgentFact>(said('x', n), ended(promptId, n), asks(`q${n}`, n))
          .map((fact): SessionCommand => ({ type: 'Record', instance, after: n - 1, facts: [fact], at })),
      ),
    fc.boolean().map((isFinal): SessionCommand => ({ type: 'End', reason: 'over', isFinal, at })),
  );

  it('at most one prompt is with the agent, nothing waits for an agent that does not ask, and repeating changes nothing', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let state: SessionState = foldSession(opened);
        for (const each of commands) {
          const attempt = (now: SessionState) => {
            try {
              return decideSession(each, now);
            } catch {
              return [];
            }
          };
          state = attempt(state).reduce(evolveSession, state);
          const session = state!;
          const underWay = session.prompts.filter(({ state: is }) => is === 'sent' || is === 'working');
          expect(underWay.length).toBeLessThanOrEqual(1);
          expect(underWay[0]?.promptId).toBe(session.turn?.promptId);
          if (session.agent === 'ended') expect(activityOf(session)).toBe('ended');
          if (session.agent === 'ended') expect(session.permissions.filter(isPending)).toEqual([]);
          if (session.isFinal) expect(session.prompts.filter(isWaiting)).toEqual([]);
          expect(attempt(state)).toEqual([]);
        }
      }),
    ));

  it('an erased session has ended for good, and nothing that is stored of it any more has a text', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), fc.array(command), (before, after) => {
        const run = (state: SessionState, commands: readonly SessionCommand[]): SessionEvent[] => {
          let now = state;
          return commands.flatMap((each) => {
            try {
              const events = decideSession(each, now);
              now = events.reduce(evolveSession, now);
              return events;
            } catch {
              return [];
            }
          });
        };
        const erased: SessionEvent[] = [
          ...opened,
          ...run(foldSession(opened), [...before, { type: 'Erase', at }]),
        ];
        expect(erased.filter(({ type }) => type === 'SessionErased')).toHaveLength(1);
        const session = foldSession(erased)!;
        expect(session).toMatchObject({ agent: 'ended', isFinal: true });
        const later = run(session, [...after, { type: 'Erase', at }]);
        expect(later.filter(({ type }) => type in TEXTS)).toEqual([]);
      }),
    ));
});

it('a mode that people wish for is one that the agent offers, where it has told them', () => {
  const wish: SessionCommand = { type: 'ChangeSettings', modeId: 'plan', by: 'person', at };
  const offers = (id: string): SessionEvent => ({
    type: 'ModeChanged',
    data: { modes: [{ id, name: id }], modeId: id, cursor: 1, at },
  });
  given([...attached, offers('ask')])
    .when(wish)
    .thenRefused('unknown_choice');
  for (const history of [attached, [...attached, offers('plan')]]) {
    given(history)
      .when(wish)
      .then([
        {
          type: 'SettingsChanged',
          data: { permissionPolicy: undefined, modeId: 'plan', model: undefined, by: 'person', at },
        },
      ]);
  }
});

describe('a mode or model that the agent does not have', () => {
  const choices = { modes: [{ id: 'ask', name: 'Ask' }], modeId: 'ask', models: [{ id: 'm', name: 'M' }] };
  const history = decideSession({ ...open, modeId: 'plan', model: 'm' }, null);
  const told: SessionEvent = { type: 'ModeChanged', data: { ...choices, cursor: 1, at } };
  const refusedMode: SessionEvent = {
    type: 'SettingRefused',
    data: {
      setting: 'mode',
      value: 'plan',
      reason: 'The agent has no mode "plan", and stays as it is. It has: ask',
      at,
    },
  };
  const there = [...history, ...decideSession(attach, foldSession(history))];

  it('is said as soon as the agent tells what it has, once, and is wanted no more', () => {
    given(there)
      .when(record({ type: 'mode', ...choices, cursor: 1 }))
      .then([told, refusedMode])
      .leaves({ wishedMode: null, wishedModel: 'm' });
    given([...there, told, refusedMode])
      .when({ ...attach, how: 'load', instance: 'agent-b', choices })
      .then([
        { type: 'AgentResumed', data: { how: 'load', instance: 'agent-b', agentSessionId: 'a-1', at } },
        { type: 'ModeChanged', data: { ...choices, at } },
      ]);
  });

  it('is not said of an agent that tells of nothing, before that has refused it', () => {
    const refusal = { setting: 'mode', value: 'plan', reason: 'no such mode', at } as const;
    given(there)
      .when(record({ type: 'mode', modes: [], models: [], cursor: 1 }))
      .then([{ type: 'ModeChanged', data: { modes: [], models: [], cursor: 1, at } }]);
    given(there)
      .when({ type: 'RefuseSetting', ...refusal })
      .then([{ type: 'SettingRefused', data: refusal }])
      .leaves({ wishedMode: null });
    given([...there, { type: 'SettingRefused', data: refusal }])
      .when({ type: 'RefuseSetting', ...refusal })
      .thenNothing();
  });
});

it('a prompt that was over a thousand prompts ago is still that one: its key asks nothing again', () => {
  const turn = (promptId: string): SessionEvent[] => [
    queued(promptId),
    sent(promptId),
    begun(promptId),
    { type: 'TurnEnded', data: { promptId, stopReason: 'end_turn', at } },
  ];
  const long = [...attached, ...Array.from({ length: 1_000 }, (_, n) => turn(`p${n}`)).flat()];
  expect(foldSession(long)!.prompts.length).toBeLessThan(110);
  given(long).when(queue('p0')).thenNothing();
  given(long)
    .when({ type: 'WithdrawPrompt', promptId: 'p0', by: 'person', at })
    .thenRefused('prompt_not_queued');
  given(long)
    .when({ type: 'ResendPrompt', promptId: 'p0', by: 'person', at })
    .thenRefused('prompt_not_unsure');
});
