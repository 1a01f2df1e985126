import { useMemo, useRef, useState, type ReactNode } from 'react';
import type { SessionRecord } from '@slipway/client';
import { reasonOf } from '../api/api.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { Composer } from './composer.js';
import { conversationOf, type Conversation, type Item } from './conversation.js';
import { ItemView } from './item-view.js';
import { useKeepAtEnd } from './keep-at-end.js';
import { upTo } from './transcript.js';
import { useTranscript } from './use-transcript.js';
import { activityText } from './words.js';

/** So many things are shown at first, and so many more at each press. */
const SHOWN = 300;

interface ConversationProps {
  readonly session: SessionRecord;
  /** What the session was opened with, where the task tells: it is shown before the session has it. */
  readonly prompt: string | null;
  /** The position at which it is shown; null for now. */
  readonly at: string | null;
  /** Whether what is asked next wakes its task. */
  readonly sleeps: boolean;
  /** What stands after the first prompt. */
  readonly children: ReactNode;
}

/** A session as people work in it: what was said and done, and what to ask next. */
export function ConversationView({ session, prompt, at, sleeps, children }: ConversationProps) {
  const { taskId, sessionId, agentType } = session;
  const { transcript, isWhole, error } = useTranscript(taskId, sessionId);
  const told = useMemo(
    () => beginningWith(prompt, conversationOf(at === null ? transcript : upTo(transcript, at))),
    [transcript, at, prompt],
  );
  const [most, setMost] = useState(SHOWN);
  const list = useRef<HTMLDivElement>(null);
  const { isAway, toEnd } = useKeepAtEnd(list, at === null && told.items.length > 1);

  const first = told.items[0]?.type === 'prompt' ? told.items[0] : undefined;
  const rest = first === undefined ? told.items : told.items.slice(1);
  const hidden = Math.max(0, rest.length - most);
  const calls = useMemo(() => callsIn(told.items), [told]);
  const isOpen = at === null && session.activity !== 'ended' && session.state === 'ready';
  const view = (item: Item) => (
    <ItemView
      key={item.key}
      item={item}
      agent={agentType}
      taskId={taskId}
      sessionId={sessionId}
      call={item.type === 'question' ? calls.get(item.question.toolCallId ?? '') : undefined}
      isOpen={isOpen}
    />
  );
  return (
    <>
      <div className="session" ref={list}>
        {first !== undefined && view(first)}
        {children}
        {hidden > 0 && (
          <button type="button" className="button small more" onClick={() => setMost(most + SHOWN)}>
            Show what was before ({hidden})
          </button>
        )}
        {rest.slice(hidden).map(view)}
        {error !== undefined && <Notice title="What was said could not be read">{reasonOf(error)}</Notice>}
        <Doing
          session={session}
          past={at !== null}
          sleeps={sleeps}
          isReading={!isWhole && error === undefined}
        />
      </div>
      {isAway && (
        <button type="button" className="button small to-end" onClick={toEnd}>
          <Icon name="down" />
          To the end
        </button>
      )}
      {at === null && <Composer session={session} sleeps={sleeps} waiting={told.waiting} />}
    </>
  );
}

interface DoingProps {
  readonly session: SessionRecord;
  readonly past: boolean;
  readonly sleeps: boolean;
  readonly isReading: boolean;
}

/** How far it is, for those who see it and for those who hear it. */
function Doing({ session, past, sleeps, isReading }: DoingProps) {
  const { state, activity, error } = session;
  const text = sleeps ? 'Its sandbox sleeps. What you ask next wakes it.' : activityText(session);
  const moves =
    !past && (state.startsWith('pending') || ['starting', 'working', 'cancelling'].includes(activity ?? ''));
  return (
    <div className="doing" role="status">
      {isReading && state === 'ready' ? <p className="quiet">Reading what was said…</p> : null}
      {text !== '' && <p className={moves ? 'preparing' : 'quiet'}>{text}</p>}
      {error !== null && !sleeps && (
        <p className="reason">{state.startsWith('pending') ? `Last attempt: ${error}` : error}</p>
      )}
    </div>
  );
}

const FIRST = 'first prompt';

/**
 * The first prompt stands at the beginning, also before it was sent; then it does not wait beside the conversation as well.
 * It keeps its key when it is sent.
 */
function beginningWith(prompt: string | null, { items, waiting }: Conversation): Conversation {
  if (prompt === null || prompt.trim() === '') return { items, waiting };
  const at = items.findIndex(({ type }) => type === 'prompt');
  if (at >= 0) {
    const first = { ...items[at]!, key: FIRST };
    return { items: [first, ...items.slice(0, at), ...items.slice(at + 1)], waiting };
  }
  const isUnsure = waiting[0]?.state === 'unsure';
  const first: Item = { type: 'prompt', key: FIRST, promptId: '', text: prompt, at: '' };
  return { items: [first, ...items], waiting: isUnsure ? waiting : waiting.slice(1) };
}

const callsIn = (items: readonly Item[]) =>
  new Map(
    items.flatMap((item) => (item.type === 'tool' ? [[item.call.toolCallId, item.call] as const] : [])),
  );
