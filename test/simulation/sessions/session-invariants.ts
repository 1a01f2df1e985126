import { isDeepStrictEqual } from 'node:util';
import { v5 as uuidv5 } from 'uuid';
import type { SessionEvent } from '../../../src/events/session/session-events.js';
import { activityOf, evolveSession, isOver, summaryOf } from '../../../src/events/session/session-state.js';
import type { SessionSummary } from '../../../src/events/session/session-summary.js';
import type { AgentProcess } from './agent-process.js';

const PERMISSION_NAMESPACE = '0d5b6e0a-91d7-4a41-8c5c-2f6a1f9a7b33';

/** What has to be true of a session at rest: its stream is compared with what reached its agents. */
export function sessionViolations(
  sessionId: string,
  events: readonly SessionEvent[],
  processes: readonly AgentProcess[],
  noted: SessionSummary | null,
): string[] {
  const found: string[] = [];
  const fail = (what: string) => found.push(`session ${sessionId}: ${what}`);
  prompts(events, processes, fail);
  permissions(events, processes, fail);
  transcript(events, processes, fail);
  rest(events, processes, noted, fail);
  return found;
}

type Fail = (what: string) => void;
type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;
const all = <T extends SessionEvent['type']>(events: readonly SessionEvent[], type: T) =>
  events
    .filter((event): event is EventOf<T> => event.type === type)
    .map(({ data }) => data as EventOf<T>['data']);

/** Each prompt reached an agent once, in the order in which they were asked, or it is said that nobody knows. */
function prompts(events: readonly SessionEvent[], processes: readonly AgentProcess[], fail: Fail): void {
  const reached = processes.flatMap((each) => each.prompts.map(({ wireId }) => wireId.replace(/\.\d+$/, '')));
  const order: string[] = [];
  for (const { promptId } of all(events, 'PromptQueued')) {
    const ofIt = <T extends { promptId: string }>(list: readonly T[]) =>
      list.filter((data) => data.promptId === promptId);
    const sends = ofIt(all(events, 'PromptSent')).length;
    const times = reached.filter((id) => id === promptId).length;
    const isUnsure = ofIt(all(events, 'PromptUnsure')).length > 0;
    const starts = ofIt(all(events, 'TurnStarted')).length;
    if (times > sends) fail(`${promptId} reached agents ${times} times and was sent ${sends} times`);
    if (!isUnsure && sends > 1) fail(`${promptId} was sent again, and nobody was asked`);
    if (!isUnsure && sends === 1 && times !== 1)
      fail(`${promptId} was sent and reached agents ${times} times`);
    if (starts > 0 && times === 0) fail(`a turn was begun for ${promptId}, which no agent has`);
    if (ofIt(all(events, 'TurnEnded')).length > 1) fail(`the turn of ${promptId} ended twice`);
    if (!isUnsure && times > 0) order.push(promptId);
  }
  const first = [...new Set(reached)].filter((id) => order.includes(id));
  if (!isDeepStrictEqual(first, order))
    fail(`prompts came as ${first.join()} and were asked as ${order.join()}`);
}

/** Each question is stored once, answered at most once, and its agent has that answer and no other. */
function permissions(events: readonly SessionEvent[], processes: readonly AgentProcess[], fail: Fail): void {
  const asked = new Map(all(events, 'PermissionRequested').map((data) => [data.permissionId, data]));
  if (asked.size < all(events, 'PermissionRequested').length) fail('a question was stored twice');
  const answered = new Map(
    all(events, 'PermissionAnswered').map((data) => [data.permissionId, data.optionId]),
  );
  if (answered.size < all(events, 'PermissionAnswered').length) fail('a question was answered twice');
  for (const process of processes) {
    const idOf = (requestId: string) => uuidv5(`${process.instance}/${requestId}`, PERMISSION_NAMESPACE);
    for (const [requestId, answers] of process.answers) {
      const stored = answered.get(idOf(requestId));
      if (answers.some((answer) => answer !== stored))
        fail(`question ${requestId} was answered ${answers.join()} and ${stored} is stored`);
    }
    for (const requestId of process.waiting.keys())
      fail(`${process.instance} still waits for an answer to ${requestId}`);
  }
}

/** What agents said is there once and in order; what is missing is said to be missing. */
function transcript(events: readonly SessionEvent[], processes: readonly AgentProcess[], fail: Fail): void {
  const heard = new Map<string, { last: number; isGapSaid: boolean }>();
  let instance = '';
  for (const event of events) {
    if (event.type === 'AgentResumed') instance = event.data.instance;
    const of = heard.get(instance) ?? { last: 0, isGapSaid: false };
    heard.set(instance, of);
    if (event.type === 'TranscriptGap') of.isGapSaid = true;
    if (event.type !== 'AgentSaid') continue;
    for (const [, number] of event.data.text.matchAll(/<(\d+)>/g)) {
      if (Number(number) <= of.last) fail(`${instance} is heard to say ${number} after ${of.last}`);
      if (Number(number) > of.last + 1 && !of.isGapSaid)
        fail(`what ${instance} said between ${of.last} and ${number} is missing`);
      of.last = Number(number);
      of.isGapSaid = false;
    }
  }
  for (const process of processes) {
    const { last, isGapSaid } = heard.get(process.instance) ?? { last: 0, isGapSaid: false };
    if (last < process.said && !isGapSaid)
      fail(`the end of what ${process.instance} said is missing: ${last} of ${process.said}`);
  }
}

/** Nothing is under way, and that is what everybody is told. */
function rest(
  events: readonly SessionEvent[],
  processes: readonly AgentProcess[],
  noted: SessionSummary | null,
  fail: Fail,
): void {
  const session = events.reduce(evolveSession, null)!;
  const process = processes.at(-1)!;
  const activity = activityOf(session);
  const working = process.workingOn?.replace(/\.\d+$/, '');
  // What nobody knew to have arrived and was taken back may have arrived all the same: the next cancel stops it.
  const isTakenBack = all(events, 'PromptWithdrawn').some(({ promptId }) => promptId === working);
  if (working !== undefined && !isTakenBack) fail(`${process.instance} still works on ${working}`);
  // One that was started and that nobody spoke to since is taken up by the next prompt.
  const isUnused = !process.hasExited && process.prompts.length === 0;
  if (activity !== (process.hasExited ? 'lost' : 'idle') && !(isUnused && activity === 'lost'))
    fail(`is ${activity}, its agent ${process.hasExited ? 'has ended' : 'lives'}: ${session.trouble}`);
  const open = session.prompts.filter((prompt) => !isOver(prompt));
  if (open.length > 0)
    fail(`is stuck: ${open.map(({ promptId, state }) => `${promptId} is ${state}`).join()}`);
  const told = { ...summaryOf(session), lastEntryAt: '' };
  if (!isDeepStrictEqual(noted && { ...noted, lastEntryAt: '' }, told))
    fail(`its task says ${JSON.stringify(noted)} and it is ${JSON.stringify(told)}`);
}
