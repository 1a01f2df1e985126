import type { SessionEvent } from '../events/session/session-events.js';
import {
  evolveSession,
  isPending,
  queued,
  type Permission,
  type Session,
  type SessionState,
} from '../events/session/session-state.js';
import type { PermissionPolicy } from '../events/session/session-vocabulary.js';
import { CommandRefusedError, type RefusalCode } from './command-refused.js';
import type { AgentFact, OpenSessionStream, SessionCommand } from './session-commands.js';

/** A session has at most so many prompts waiting. */
export const MOST_QUEUED = 100;

/**
 * The session decider: what follows from the command for the session as it is. Pure. A command that has nothing
 * (more) to do gives no events, so that every command may be repeated; one that is not legal throws
 * CommandRefusedError.
 */
export function decideSession(command: SessionCommand, state: SessionState): SessionEvent[] {
  if (command.type === 'Open') return state === null ? open(command) : [];
  if (state === null) throw refused('session_not_found', 'There is no such session.');
  const { at } = command;
  switch (command.type) {
    case 'QueuePrompt':
      return queuePrompt(command, state);
    case 'WithdrawPrompt': {
      const { promptId, by } = command;
      const prompt = promptOf(state, promptId);
      if (prompt.state === 'withdrawn') return [];
      if (prompt.state === 'queued' || prompt.state === 'unsure')
        return [{ type: 'PromptWithdrawn', data: { promptId, by, at } }];
      throw refused(
        'prompt_not_queued',
        `The prompt is ${prompt.state}; only one that waits can be withdrawn.`,
      );
    }
    case 'ResendPrompt': {
      const { promptId, by } = command;
      const prompt = promptOf(state, promptId);
      if (prompt.state === 'queued') return [];
      if (prompt.state === 'unsure') return [{ type: 'PromptResent', data: { promptId, by, at } }];
      throw refused(
        'prompt_not_unsure',
        `The prompt is ${prompt.state}; only one that is unsure can be sent again.`,
      );
    }
    case 'Cancel':
      if (state.turn === null || state.turn.cancelling) return [];
      return [
        { type: 'CancelRequested', data: { by: command.by, at } },
        ...cancelledPermissions(state, 'cancel', at),
      ];
    case 'AnswerPermission':
      return answerPermission(command, state);
    case 'ChangeSettings':
      return changeSettings(command, state);
    case 'Attach': {
      const { type: _, choices, ...data } = command;
      if (state.agent === 'attached' && state.instance === data.instance) return [];
      // What another agent process was doing ends with it.
      const loose = state.instance === data.instance ? [] : lost(state, at);
      const told: SessionEvent[] = choices ? [{ type: 'ModeChanged', data: { ...choices, at } }] : [];
      return [...loose, { type: 'AgentResumed', data }, ...told];
    }
    case 'SendPrompt':
      return maySend(state, command.promptId)
        ? [{ type: 'PromptSent', data: { promptId: command.promptId, at } }]
        : [];
    case 'DoubtPrompt': {
      const { promptId, reason } = command;
      const isOpen = state.prompts.some((each) => each.promptId === promptId && each.state === 'sent');
      return isOpen ? [{ type: 'PromptUnsure', data: { promptId, reason, at } }] : [];
    }
    case 'Record':
      return command.instance === state.instance ? recorded(command.facts, state, at) : [];
    case 'LoseAgent':
      if (state.agent === 'ended' || command.instance !== state.instance) return [];
      if (state.agent === 'lost' && state.trouble === command.reason) return [];
      return [...lost(state, at), { type: 'AgentLost', data: { reason: command.reason, at } }];
    case 'End':
      if (state.agent === 'ended') return [];
      return [...lost(state, at), { type: 'SessionEnded', data: { reason: command.reason, at } }];
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

function promptOf(session: Session, promptId: string) {
  const prompt = session.prompts.find((each) => each.promptId === promptId);
  if (prompt === undefined) throw refused('prompt_not_found', 'There is no such prompt in this session.');
  return prompt;
}

function queuePrompt(
  { promptId, text, by, at }: Extract<SessionCommand, { type: 'QueuePrompt' }>,
  session: Session,
): SessionEvent[] {
  if (session.prompts.some((each) => each.promptId === promptId)) return [];
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
  const policy = permissionPolicy ?? session.permissionPolicy;
  return [
    { type: 'SettingsChanged', data: { permissionPolicy, modeId, model, by, at } },
    // What waits is answered as the new policy would have.
    ...session.permissions.filter(isPending).flatMap((permission) => byPolicy(policy, permission, at)),
  ];
}

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
function lost(session: Session, at: string): SessionEvent[] {
  const { turn } = session;
  if (turn === null) return [];
  const { promptId } = turn;
  const isSent = session.prompts.some((each) => each.promptId === promptId && each.state === 'sent');
  if (isSent) {
    const reason = 'The agent ended, and it is not known whether it had the prompt.';
    return [{ type: 'PromptUnsure', data: { promptId, reason, at } }];
  }
  return [
    ...cancelledPermissions(session, 'agent_lost', at),
    { type: 'TurnEnded', data: { promptId, stopReason: turn.cancelling ? 'cancelled' : 'lost', at } },
  ];
}

/** The events for what the agent did, each decided for the session as the one before left it. */
function recorded(facts: readonly AgentFact[], session: Session, at: string): SessionEvent[] {
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
    const sent = state.prompts.find((prompt) => prompt.state === 'sent');
    if (sent !== undefined && isWork(fact))
      add({ type: 'TurnStarted', data: { promptId: sent.promptId, at } });
    add(...eventsOf(fact, state, at));
  }
  return events;
}

/** Whether it shows that the agent has its prompt. */
const isWork = ({ type }: AgentFact): boolean => type !== 'mode' && type !== 'gap' && type !== 'usage';

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
      if (session.turn?.cancelling) {
        const { permissionId } = fact;
        return [
          asked,
          { type: 'PermissionAnswered', data: { permissionId, optionId: null, by: 'cancel', at } },
        ];
      }
      return [asked, ...byPolicy(session.permissionPolicy, fact, at)];
    }
    case 'turn_ended':
      // An answer to a prompt that is over already (after a doubt, say) changes nothing.
      if (session.turn?.promptId !== fact.promptId) return [];
      return [
        ...cancelledPermissions(session, 'turn_ended', at),
        { type: 'TurnEnded', data: dataOf(fact, at) },
      ];
  }
}

function dataOf<F extends AgentFact>(fact: F, at: string): Omit<F, 'type'> & { at: string } {
  const { type: _, ...data } = fact;
  return { ...data, at };
}
