import type { SessionEventData } from '../events/session/session-events.js';
import type { PermissionPolicy } from '../events/session/session-vocabulary.js';

/**
 * What can be asked of the session decider. `at` is the clock of whoever asks (ISO 8601, UTC): the decider
 * has none.
 */
export type SessionCommand = { readonly at: string } & (
  | OpenSessionStream
  | { readonly type: 'QueuePrompt'; readonly promptId: string; readonly text: string; readonly by: string }
  | { readonly type: 'WithdrawPrompt'; readonly promptId: string; readonly by: string }
  | { readonly type: 'ResendPrompt'; readonly promptId: string; readonly by: string }
  | { readonly type: 'Cancel'; readonly by: string }
  | {
      readonly type: 'AnswerPermission';
      readonly permissionId: string;
      /** Null cancels. */
      readonly optionId: string | null;
      readonly by: string;
    }
  | {
      readonly type: 'ChangeSettings';
      readonly permissionPolicy?: PermissionPolicy;
      readonly modeId?: string;
      readonly model?: string;
      readonly by: string;
    }
  | ({
      readonly type: 'Attach';
      /** What the agent says that it can be set to, where it is another process than before. */
      readonly choices?: Omit<SessionEventData<'ModeChanged'>, 'at' | 'cursor'>;
    } & Omit<SessionEventData<'AgentResumed'>, 'at'>)
  /** The agent refused to be set to it. */
  | {
      readonly type: 'RefuseSetting';
      readonly setting: 'mode' | 'model';
      readonly value: string;
      readonly reason: string;
    }
  | { readonly type: 'SendPrompt'; readonly promptId: string }
  /** The agent's server has it. */
  | { readonly type: 'ConfirmPrompt'; readonly promptId: string }
  | { readonly type: 'DoubtPrompt'; readonly promptId: string; readonly reason: string }
  | Record
  | {
      readonly type: 'LoseAgent';
      /** The agent process that is gone; null where there was none. */
      readonly instance: string | null;
      /**
       * `exited`: it told its end, after all else that it did. `gone`: it was found gone, and what it did last was not read.
       * `trouble`: it cannot be attended to just now, and may well live.
       */
      readonly how: 'exited' | 'gone' | 'trouble';
      readonly reason: string;
      /** Trying again did not help. */
      readonly isLasting?: boolean;
    }
  /** `isFinal`: nothing ever goes on in it. What waits to be sent is taken back then, and stays otherwise. */
  | { readonly type: 'End'; readonly reason: string; readonly isFinal: boolean }
  /** What was said in it is erased. */
  | { readonly type: 'Erase' }
);

/** The beginning of a session's stream. */
export interface OpenSessionStream extends Omit<SessionEventData<'SessionOpened'>, 'at'> {
  readonly type: 'Open';
  readonly at: string;
  /** What is asked first; absent for nothing. */
  readonly firstPrompt?: { readonly promptId: string; readonly text: string };
  /** Why what was said before is not in the stream. */
  readonly gap?: string;
}

/** What the agent process `instance` did, in order; what is stored already is left out. */
export interface Record {
  readonly type: 'Record';
  readonly instance: string;
  /** The number of the agent's event that the first of them follows: whoever was overtaken stores nothing. */
  readonly after: number;
  readonly facts: readonly AgentFact[];
}

type Fact<T extends keyof FactData> = { readonly type: T } & Omit<SessionEventData<FactData[T]>, 'at'>;
interface FactData {
  said: 'AgentSaid';
  thought: 'AgentThought';
  tool_call: 'ToolCallChanged';
  plan: 'PlanChanged';
  permission: 'PermissionRequested';
  mode: 'ModeChanged';
  usage: 'UsageReported';
  turn_ended: 'TurnEnded';
  unserved: 'RequestUnserved';
  gap: 'TranscriptGap';
}

/** One thing that the agent did, with its cursor, as it is to be stored. */
export type AgentFact = {
  [T in keyof FactData]: Fact<T> & { readonly cursor: number } & SendOf<T>;
}[keyof FactData];
/** `send` says which sending of the prompt it is the end of; absent for the latest. */
type SendOf<T> = T extends 'turn_ended' ? { readonly send?: number } : unknown;
