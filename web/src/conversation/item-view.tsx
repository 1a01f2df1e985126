import { memo } from 'react';
import { dateAndTime } from '../task/format.js';
import type { Item, PlanStep, ToolCall } from './conversation.js';
import { QuestionCard } from './question-card.js';
import { RichText } from './rich-text.js';
import { ToolCallView } from './tool-call.js';
import { endText } from './words.js';

interface ItemProps {
  readonly item: Item;
  readonly agent: string;
  readonly taskId: string;
  readonly sessionId: string;
  /** What a question is about. */
  readonly call: ToolCall | undefined;
  /** Whether questions can be answered now. */
  readonly isOpen: boolean;
}

/** One thing of the conversation. */
export const ItemView = memo(function ItemView({ item, agent, call, ...session }: ItemProps) {
  switch (item.type) {
    case 'prompt':
      return (
        <div className="message user" title={when(item.at)}>
          <span className="who">Prompt</span>
          {/* Long texts scroll, also by keyboard. */}
          <div className="said plain" tabIndex={0} dir="auto">
            {item.text}
          </div>
        </div>
      );
    case 'message':
      return (
        <div className="message agent" title={when(item.at)} data-writing={item.isWriting}>
          <span className="who">{agent}</span>
          <div className="said">
            <RichText text={item.text} />
          </div>
        </div>
      );
    case 'thought':
      return (
        <details className="thought">
          <summary>Thought</summary>
          <RichText text={item.text} />
        </details>
      );
    case 'tool':
      return <ToolCallView call={item.call} />;
    case 'plan':
      return <Plan steps={item.steps} />;
    case 'question':
      return <QuestionCard question={item.question} call={call} {...session} />;
    case 'end':
      return (
        <p className="turn-end" data-reason={item.stopReason}>
          {endText(item.stopReason, item.failure)}
        </p>
      );
    case 'notice':
      return <p className="told">{item.text}</p>;
  }
});

/** A prompt that was not sent yet has no time. */
const when = (at: string) => (at === '' ? undefined : dateAndTime(at));

const STEP: Record<PlanStep['status'], string> = {
  pending: 'to do',
  in_progress: 'under way',
  completed: 'done',
};

function Plan({ steps }: { steps: readonly PlanStep[] }) {
  const done = steps.filter(({ status }) => status === 'completed').length;
  return (
    <section className="plan" aria-label="Plan">
      <p className="plan-head">
        Plan <span className="quiet">{`${done} of ${steps.length} done`}</span>
      </p>
      <ol>
        {steps.map(({ content, status }, index) => (
          <li key={index} data-status={status}>
            <span className="plan-mark" aria-hidden="true" />
            <span dir="auto">{content}</span>
            <span className="visually-hidden">: {STEP[status]}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
