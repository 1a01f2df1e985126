import { sessionCodec } from '../events/session/session-codec.js';
import type { SessionEvent } from '../events/session/session-events.js';
import {
  evolveSession,
  isPending,
  isWaiting,
  promptOf,
  queued,
  type Permission,
  type Prompt,
  type Session,
  type SessionState,
} from '../events/session/session-state.js';
import type { PermissionPolicy } from '../events/session/session-vocabulary.js';
import { CommandRefusedError, type RefusalCode } from './command-refused.js';
import type { AgentFact, OpenSessionStream, Record, SessionCommand } from './session-commands.js';

/** A session has at most so many prompts waiting. */
export const MOST_QUEUED = 100;
/** Characters of a reason. */
const MOST_REASON = 2_000;
/** How a session is ended that has not ended by the time it is erased. */
const OVER = { reason: 'what was said in it is erased', isFinal: true } as const;

/**
 * The session decider: what follows from the command for the session as it is. Pure. A command that has nothing
 * (more) to do gives no events, so that every command may be repeated; one that is not legal throws
 * CommandRefusedError.
 */
export function decideSession(command: SessionCommand, state: SessionState): SessionEvent[] {
  if (command.type === 'Open') return state === null ? open(command) : [];
  if (state === null) throw refused('session_not_found', 'There is no such session.');
  const { at } = command;
  // Nothing more is told of an erased session. People, who say by whom it is, get their answer all the same.
  if (state.erased && !('by' in command)) return [];
  switch (command.type) {
    case 'QueuePrompt':
      return queuePrompt(command, state);
    case 'WithdrawPrompt': {
      const { promptId, by } = command;
      const prompt = known(state, promptId);
      if (prompt.state === 'withdrawn') return [];
      if (isWaiting(prompt)) return [{ type: 'PromptWithdrawn', data: { promptId, by, at } }];
      throw refused(
        'prompt_not_queued',
        `The prompt is ${prompt.state}; only one that waits can be withdrawn.`,
      );
    }
    case 'ResendPrompt': {
      const { promptId, by } = command;
      const prompt = known(state, promptId);
      if (prompt.state === 'queued') return [];
      if (prompt.state === 'unsure') return [{ type: 'PromptResent', data: { promptId, by, at } }];
      throw refused(
        'prompt_not_unsure',
        `The prompt is ${prompt.state}; only one that is unsure can be sent again.`,
      );
    }
    case 'Cancel': {
      const isNews = state.turn !== null && !state.turn.cancelling;
      const stop: SessionEvent[] = isNews ? [{ type: 'CancelRequested', data: { by: command.by, at } }] : [];
      // An agent may ask also outside of a turn that is known.
      return [...stop, ...cancelledPermissions(state, 'cancel', at)];
    }
    case 'AnswerPermission':
      return answerPermission(command, state);
    case 'ChangeSettings':
      return changeSettings(command, state);
    case 'Attach': {
      const { type: _, choices, ...attached } = command;
      const data = state.agent === 'none' ? { ...attached, how: 'new' as const } : attached;
      if (state.agent === 'attached' && state.instance === data.instance) return [];
      // What another agent process was doing ends with it.
      const loose = state.instance === data.instance ? [] : replaced(state, at);
      const told: SessionEvent[] = choices ? [{ type: 'ModeChanged', data: { ...choices, at } }] : [];
      return [...loose, { type: 'AgentResumed', data }, ...told, ...refusedOf(told, state, at)];
    }
    case 'RefuseSetting': {
      const { setting, value, reason } = command;
      const isWished = value === (setting === 'mode' ? state.wishedMode : state.wishedModel);
      return isWished ? [{ type: 'SettingRefused', data: { setting, value, reason, at } }] : [];
    }
    case 'SendPrompt':
      return maySend(state, command.promptId)
        ? [{ type: 'PromptSent', data: { promptId: command.promptId, at } }]
        : [];
    case 'ConfirmPrompt': {
      const isIt = withAgent(state)?.promptId === command.promptId;
      return isIt ? [{ type: 'TurnStarted', data: { promptId: command.promptId, at } }] : [];
    }
    case 'DoubtPrompt': {
      const { promptId, reason } = command;
      const isOpen = state.prompts.some((each) => each.promptId === promptId && each.state === 'sent');
      return isOpen ? [{ type: 'PromptUnsure', data: { promptId, reason, at } }] : [];
    }
    case 'Record':
      return command.instance === state.instance ? recorded(command, state, at) : [];
    case 'LoseAgent': {
      const { instance, how, reason, isLasting = false } = command;
      if (state.agent === 'ended' || instance !== state.instance) return [];
      // In trouble of ours an agent may well go on with its turn.
      const loose = how === 'trouble' ? [] : lost(state, at, how === 'gone');
      const isTold = state.trouble === reason && (state.isLasting || !isLasting);
      if (state.agent === 'lost' && isTold && loose.length === 0) return [];
      const data = isLasting ? { reason, lasting: true, at } : { reason, at };
      return [...loose, { type: 'AgentLost', data }];
    }
    case 'End':
      return end(command, state, at);
    case 'Erase':
      return [...end(OVER, state, at), { type: 'SessionErased', data: { at } }];
  }
}

function open({ type: _, firstPrompt, gap, ...data }: OpenSessionStream): SessionEvent[] {
  const { at } = data;
  return [
    { type: 'SessionOpened', data },
    ...(gap === undefined ? [] : [{ type: 'TranscriptGap', data: { reason: gap, at } } as const]),
    ...(firstPrompt ? [{ type: 'PromptQueued', data: { ...firstPrompt, by: 'task', at } } as const] : []),
  ];
}

/** Whether the prompt is the next one and nothing is in its way. */
export function maySend(session: Session, promptId: string): boolean {
  if (session.agent !== 'attached' || session.turn !== null) return false;
  if (session.prompts.some(({ state }) => state === 'unsure')) return false;
  return queued(session)[0]?.promptId === promptId;
}

const refused = (code: RefusalCode, message: string) => new CommandRefusedError(code, message);

function known(session: Session, promptId: string) {
  const prompt = promptOf(session, promptId);
  if (prompt === undefined) throw refused('prompt_not_found', 'There is no such prompt in this session.');
  return prompt;
}

function queuePrompt(
  { promptId, text, by, at }: Extract<SessionCommand, { type: 'QueuePrompt' }>,
  session: Session,
): SessionEvent[] {
  if (promptOf(session, promptId)) return [];
  if (session.isFinal) throw refused('session_is_over', 'The session has ended for good.');
  if (queued(session).length >= MOST_QUEUED) {
    throw refused(
      'too_many_prompts',
      `${MOST_QUEUED} prompts are waiting already; withdraw some, or wait until the agent has worked on them.`,
    );
  }
  return [{ type: 'PromptQueued', data: { promptId, text, by, at } }];
}

function answerPermission(
  { permissionId, optionId, by, at }: Extract<SessionCommand, { type: 'AnswerPermission' }>,
  session: Session,
): SessionEvent[] {
  const permission = session.permissions.find((each) => each.permissionId === permissionId);
  if (permission === undefined) {
    throw refused('permission_not_found', 'The agent does not wait for an answer to this (any more).');
  }
  if (permission.answer !== undefined) {
    throw refused('permission_answered', `This was answered already, by ${permission.answer.by}.`);
  }
  if (optionId !== null && !permission.options.some((option) => option.optionId === optionId)) {
    const ids = permission.options.map((option) => option.optionId).join(', ');
    throw refused('unknown_option', `There is no such option; use one of: ${ids}`);
  }
  return [{ type: 'PermissionAnswered', data: { permissionId, optionId, by, at } }];
}

function changeSettings(
  { permissionPolicy, modeId, model, by, at }: Extract<SessionCommand, { type: 'ChangeSettings' }>,
  session: Session,
): SessionEvent[] {
  const isSame =
    (permissionPolicy ?? session.permissionPolicy) === session.permissionPolicy &&
    (modeId ?? session.wishedMode) === session.wishedMode &&
    (model ?? session.wishedModel) === session.wishedModel;
  if (isSame) return [];
  assertOffered('mode', modeId, session.modes);
  assertOffered('model', model, session.models);
  const policy = permissionPolicy ?? session.permissionPolicy;
  return [
    { type: 'SettingsChanged', data: { permissionPolicy, modeId, model, by, at } },
    // What waits is answered as the new policy would have.
    ...session.permissions.filter(isPending).flatMap((permission) => byPolicy(policy, permission, at)),
  ];
}

/** An agent that has told what it can be set to is asked for nothing else; one that has not may know it. */
function assertOffered(what: 'mode' | 'model', wish: string | undefined, offered: Session['modes']): void {
  if (wish === undefined || offered.length === 0 || offered.some(({ id }) => id === wish)) return;
  const ids = offered.map(({ id }) => id).join(', ');
  throw refused('unknown_choice', `The agent has no such ${what}; use one of: ${ids}`);
}

/** What people want, as far as the agent tells in the events that it has no such thing. */
function refusedOf(told: readonly SessionEvent[], session: Session, at: string): SessionEvent[] {
  const choices = told.find((event) => event.type === 'ModeChanged')?.data;
  const refusal = (
    setting: 'mode' | 'model',
    value: string | null,
    offered: Session['modes'] = [],
  ): SessionEvent[] => {
    if (value === null || offered.length === 0 || offered.some(({ id }) => id === value)) return [];
    const ids = offered.map(({ id }) => id).join(', ');
    const reason = `The agent has no ${setting} "${value}", and stays as it is. It has: ${ids}`;
    return [{ type: 'SettingRefused', data: { setting, value, reason: shortened(reason), at } }];
  };
  return [
    ...refusal('mode', session.wishedMode, choices?.modes),
    ...refusal('model', session.wishedModel, choices?.models),
  ];
}

const shortened = (text: string): string =>
  text.length <= MOST_REASON ? text : `${text.slice(0, MOST_REASON - 1)}…`;

/** The policy's answer; nothing where a person is to be asked. */
function byPolicy(
  policy: PermissionPolicy,
  { permissionId, options, isEdit }: Pick<Permission, 'permissionId' | 'options' | 'isEdit'>,
  at: string,
): SessionEvent[] {
  const answer = (...kinds: readonly string[]): SessionEvent[] => {
    const option = kinds.map((kind) => options.find((each) => each.kind === kind)).find(Boolean);
    const optionId = option?.optionId ?? null;
    return [{ type: 'PermissionAnswered', data: { permissionId, optionId, by: 'policy', at } }];
  };
  const allow = () =>
    options.some(({ kind }) => kind === 'allow_once' || kind === 'allow_always')
      ? answer('allow_once', 'allow_always')
      : [];
  switch (policy) {
    case 'ask':
      return [];
    case 'allow_edits':
      return isEdit ? allow() : [];
    case 'allow_all':
      return allow();
    case 'deny':
      return answer('reject_once', 'reject_always');
  }
}

const cancelledPermissions = (session: Session, by: string, at: string): SessionEvent[] =>
  session.permissions.filter(isPending).map(({ permissionId }) => ({
    type: 'PermissionAnswered',
    data: { permissionId, optionId: null, by, at },
  }));

/** What an agent that is gone was doing: nobody waits for its questions, and its prompt may not have reached it. */
function lost(session: Session, at: string, isUnread: boolean): SessionEvent[] {
  const { turn } = session;
  const unanswered = cancelledPermissions(session, 'agent_lost', at);
  if (turn === null) return unanswered;
  const gap: SessionEvent[] = isUnread ? [{ type: 'TranscriptGap', data: { reason: UNREAD, at } }] : [];
  const { promptId } = turn;
  const isSent = session.prompts.some((each) => each.promptId === promptId && each.state === 'sent');
  if (isSent) {
    const reason = 'The agent ended, and it is not known whether it had the prompt.';
    return [...gap, ...unanswered, { type: 'PromptUnsure', data: { promptId, reason, at } }];
  }
  return [
    ...gap,
    ...unanswered,
    { type: 'TurnEnded', data: { promptId, stopReason: turn.cancelling ? 'cancelled' : 'lost', at } },
  ];
}

function end(
  { reason, isFinal }: Pick<Extract<SessionCommand, { type: 'End' }>, 'reason' | 'isFinal'>,
  session: Session,
  at: string,
): SessionEvent[] {
  if (session.agent === 'ended' && (session.isFinal || !isFinal)) return [];
  const loose = lost(session, at, false);
  const waiting = loose
    .reduce<Session>((state, event) => evolveSession(state, event)!, session)
    .prompts.filter(isWaiting);
  const many = waiting.length === 1 ? '1 prompt' : `${waiting.length} prompts`;
  const said = isFinal ? `${many} not sent any more` : `${many} to be sent when it is resumed`;
  const ended = { reason: waiting.length === 0 ? reason : `${reason}; ${said}`, at };
  return [
    ...loose,
    ...(isFinal ? waiting : []).map(({ promptId }): SessionEvent => ({
      type: 'PromptWithdrawn',
      data: { promptId, by: 'task_killed', at },
    })),
    { type: 'SessionEnded', data: isFinal ? { ...ended, final: true } : ended },
  ];
}

/** Another agent process is there: what the one before did last, if it was at work, nobody has read. */
function replaced(session: Session, at: string): SessionEvent[] {
  if (session.turn !== null || !isPerhapsAtWork(session)) return lost(session, at, true);
  const gap: SessionEvent = { type: 'TranscriptGap', data: { reason: UNREAD, at } };
  return [gap, ...cancelledPermissions(session, 'agent_lost', at)];
}

/** Whether the agent may be at work on something that nobody knew to have reached it, whatever was decided since. */
const isPerhapsAtWork = ({ prompts, instance }: Session): boolean =>
  prompts.some(
    ({ state, sends, sentTo }) =>
      sends > 0 && sentTo === instance && ['unsure', 'queued', 'withdrawn'].includes(state),
  );

const UNREAD = 'The agent ended while nobody read what it did; what it did last may be missing.';

/** The prompt that the agent has or may have, where it has one of which that is not known. */
function withAgent({ prompts, turn, instance }: Session): Prompt | undefined {
  return (
    prompts.find(({ state }) => state === 'sent') ??
    prompts.find(({ state, sentTo }) => turn === null && state === 'unsure' && sentTo === instance)
  );
}

/** The events for what the agent did, each decided for the session as the one before left it. */
function recorded({ after, facts }: Record, session: Session, at: string): SessionEvent[] {
  // Somebody else stored some of it, perhaps with other texts joined: what follows is read again from there.
  if (session.cursor > after) return [];
  const events: SessionEvent[] = [];
  let state: Session = session;
  const add = (...more: readonly SessionEvent[]) => {
    for (const event of more) {
      events.push(event);
      state = evolveSession(state, event)!;
    }
  };
  for (const fact of facts) {
    if (fact.cursor <= session.cursor) continue;
    const prompt = withAgent(state);
    if (prompt !== undefined && isSignOf(fact, prompt, state))
      add({ type: 'TurnStarted', data: { promptId: prompt.promptId, at } });
    const told = eventsOf(fact, state, at);
    add(...(told.every(sessionCodec.fits) ? told : [leftOut(fact.cursor, at)]));
    add(...refusedOf(told, session, at));
  }
  return events;
}

/** In the place of what no stream takes: read again it would be refused again, for ever. */
const leftOut = (cursor: number, at: string): SessionEvent => ({
  type: 'TranscriptGap',
  data: {
    reason: 'Something that the agent did is of a shape that cannot be stored.',
    missing: 1,
    cursor,
    at,
  },
});

/** Whether it shows that the agent has the prompt. */
function isSignOf(fact: AgentFact, prompt: Prompt, { prompts, instance }: Session): boolean {
  if (fact.type === 'turn_ended') return isEndOf(fact, prompt);
  // It may be at work on one that was taken back because nobody knew whether it had arrived.
  if (prompts.some(({ state, sends, sentTo }) => state === 'withdrawn' && sends > 0 && sentTo === instance))
    return false;
  return fact.type !== 'mode' && fact.type !== 'gap' && fact.type !== 'usage';
}

const isEndOf = ({ promptId, send }: Extract<AgentFact, { type: 'turn_ended' }>, prompt: Prompt): boolean =>
  promptId === prompt.promptId && (send === undefined || send === prompt.sends);

function eventsOf(fact: AgentFact, session: Session, at: string): SessionEvent[] {
  switch (fact.type) {
    case 'said':
      return [{ type: 'AgentSaid', data: dataOf(fact, at) }];
    case 'thought':
      return [{ type: 'AgentThought', data: dataOf(fact, at) }];
    case 'tool_call':
      return [{ type: 'ToolCallChanged', data: dataOf(fact, at) }];
    case 'plan':
      return [{ type: 'PlanChanged', data: dataOf(fact, at) }];
    case 'mode':
      return [{ type: 'ModeChanged', data: dataOf(fact, at) }];
    case 'usage':
      return [{ type: 'UsageReported', data: dataOf(fact, at) }];
    case 'unserved':
      return [{ type: 'RequestUnserved', data: dataOf(fact, at) }];
    case 'gap':
      return [{ type: 'TranscriptGap', data: dataOf(fact, at) }];
    case 'permission': {
      const asked: SessionEvent = { type: 'PermissionRequested', data: dataOf(fact, at) };
      const by = session.turn?.cancelling ? 'cancel' : session.agent === 'ended' ? 'agent_lost' : undefined;
      if (by !== undefined) {
        const { permissionId } = fact;
        return [asked, { type: 'PermissionAnswered', data: { permissionId, optionId: null, by, at } }];
      }
      return [asked, ...byPolicy(session.permissionPolicy, fact, at)];
    }
    case 'turn_ended': {
      // An answer to a prompt that is over already, or to an earlier sending of it, changes nothing.
      if (!session.prompts.some((each) => each.promptId === session.turn?.promptId && isEndOf(fact, each)))
        return [];
      const { send: _, ...end } = fact;
      return [
        ...cancelledPermissions(session, 'turn_ended', at),
        { type: 'TurnEnded', data: dataOf(end, at) },
      ];
    }
  }
}

function dataOf<F extends { readonly type: string }>(fact: F, at: string): Omit<F, 'type'> & { at: string } {
  const { type: _, ...data } = fact;
  return { ...data, at };
}
