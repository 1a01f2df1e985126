import type { Logger } from 'pino';
import { newContext } from '../../commands/command-context.js';
import type { AgentFact, SessionCommand } from '../../commands/session-commands.js';
import { openingOf } from '../../commands/session-opening.js';
import type { SessionExecutor } from '../../commands/session-executor.js';
import type { TaskExecutor } from '../../commands/task-executor.js';
import { queued, type Session } from '../../events/session/session-state.js';
import type { SessionFold, Task } from '../../events/task/task-state.js';
import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';
import type { SessionDeltas } from '../../platform/session-deltas.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { AgentEvent, SessionChannel } from '../../providers/session-channel.js';
import type { SessionStreams } from '../../store/session-streams.js';
import type { TaskStreams } from '../../store/task-streams.js';
import { FactJoiner } from './fact-joiner.js';
import { nextWish, type Told } from './next-wish.js';
import { PermissionDeadlines } from './permission-deadlines.js';
import { SummaryNote } from './summary-note.js';

/** What is open in a text is stored after so long, in milliseconds. */
const JOIN_MS = 1_000;
/** A prompt that may have reached the agent shows a sign of it within this, or a person is asked. */
const DOUBT_MS = 10_000;
/** An agent that goes on for so long after a cancel is ended. */
const CANCEL_GRACE_MS = 10_000;
/** Characters of what was said that a new agent is told of. */
const RECAP = 8_000;

export interface DriverTools {
  readonly provider: SandboxProvider;
  readonly tasks: TaskStreams;
  readonly sessions: SessionStreams;
  readonly taskExecutor: TaskExecutor;
  readonly executor: SessionExecutor;
  readonly deltas: SessionDeltas;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a question of the agent waits for an answer; 0: for ever. */
  readonly permissionDeadlineMs: number;
  /** What was said in a session, its end last, at most so many characters. */
  readonly recapOf: (sessionId: string, most: number) => Promise<string>;
}

/**
 * Attends to one session: what the agent does becomes facts in the session's stream, what people want in the stream is
 * said to the agent. Everything it knows it reads from the stream, so that another one can go on at any moment.
 */
export class SessionDriver {
  private readonly waiting = new Set<() => void>();
  private readonly note: SummaryNote;
  private told?: Told;
  private joining: Promise<unknown> = Promise.resolve();
  private deadlines?: PermissionDeadlines;

  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    private readonly tools: DriverTools,
  ) {
    this.note = new SummaryNote(tools.taskExecutor, tools.clock, tools.log);
  }

  /** Something may have changed in the stream of the session or its task. */
  poke(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  /** Attends until the task is over or the signal aborts. Rejects with what the stores or the provider throw. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const poked = this.nextPoke(signal);
      const { state: task } = await this.tools.tasks.refresh(this.taskId);
      const fold = task?.sessions.find(({ sessionId }) => sessionId === this.sessionId);
      if (!task || !fold || fold.state === 'ended' || fold.state === 'error') return;
      if (fold.state === 'ready' && task.sandboxId !== null) {
        const session = await this.opened(task, fold);
        // A session that ended with its task is ready again: the task was resumed.
        const isNew = session.agent === 'none' || session.agent === 'ended';
        // On its way out a task starts no agent: nothing would end it.
        const isWanted = task.status === 'running' && (isNew || queued(session).length > 0);
        if (await this.attend(task, fold, session, isWanted, signal)) continue;
      }
      await poked;
    }
  }

  /** The session's stream, begun. */
  private async opened(task: Task, fold: SessionFold): Promise<Session> {
    const { state } = await this.tools.sessions.refresh(this.sessionId);
    return state ?? this.execute(openingOf(task, fold, this.now()));
  }

  /** Attends to the agent until it ends. False when there is none and none is wanted. */
  private async attend(
    task: Task,
    { agentSessionId }: SessionFold,
    session: Session,
    start: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { provider, recapOf } = this.tools;
    const attached = new AbortController();
    const unlisten = onAbort(signal, () => attached.abort(signal.reason));
    try {
      const spec = {
        taskId: this.taskId,
        sandboxId: task.sandboxId!,
        agentType: session.agentType,
        sessionId: this.sessionId,
        agentSessionId: session.agentSessionId ?? agentSessionId,
        recap: () => recapOf(this.sessionId, RECAP),
      };
      const channel = await provider.attachSession!(spec, { start }, attached.signal);
      if (channel === null) {
        if (session.agent === 'attached') await this.tellOfTrouble(LOST);
        return false;
      }
      if (start && (await this.isOvertaken())) {
        // The task was archived or killed while its agent was being started.
        await channel.end(attached.signal);
        await provider.releaseSandbox(this.taskId, attached.signal);
        return false;
      }
      await this.converse(channel, session, attached);
      return true;
    } finally {
      attached.abort();
      unlisten();
      await this.note.settle();
    }
  }

  /** Whether the task is not one any more whose agents work. */
  private async isOvertaken(): Promise<boolean> {
    const { state } = await this.tools.tasks.refresh(this.taskId);
    return state?.status !== 'running';
  }

  /** The agent is not there, or cannot be: said in the session, once for each reason. */
  async tellOfTrouble(reason: string): Promise<void> {
    const { state } = await this.tools.sessions.refresh(this.sessionId);
    if (state === null) return;
    await this.execute({ type: 'LoseAgent', instance: state.instance, reason, at: this.now() });
  }

  private async converse(channel: SessionChannel, before: Session, attached: AbortController): Promise<void> {
    const { instance, agentSessionId, choices } = channel;
    const deadlines = new PermissionDeadlines(this.tools.clock, (permissionId) =>
      this.execute({
        type: 'AnswerPermission',
        permissionId,
        optionId: null,
        by: 'deadline',
        at: this.now(),
      }),
    );
    this.deadlines = deadlines;
    const how = before.agent === 'none' ? 'new' : channel.how;
    const session = await this.execute({
      type: 'Attach',
      how,
      instance,
      agentSessionId,
      choices: choices && { ...choices, modes: [...choices.modes], models: [...choices.models] },
      at: this.now(),
    });
    this.told = { instance, answers: new Set(), cancelled: null, mode: null, model: null };
    const sent = session.prompts.find(({ state }) => state === 'sent');
    if (sent) this.doubtLater(sent.promptId, attached.signal);
    this.joining = Promise.resolve();
    const wishes = this.serve(channel, attached);
    try {
      await this.read(channel, session, attached);
      // Trouble that ended the attachment is told to the host, which waits before the next.
      attached.signal.throwIfAborted();
    } finally {
      attached.abort();
      deadlines.clear();
      this.deadlines = undefined;
      await wishes;
    }
  }

  /** Reads what the agent does until it ends or the signal aborts. */
  private async read(
    channel: SessionChannel,
    { cursor, toolCalls }: Session,
    attached: AbortController,
  ): Promise<void> {
    const joiner = new FactJoiner(channel.instance, toolCalls);
    let cancelFlush: (() => void) | undefined;
    try {
      for await (const event of channel.events(cursor, attached.signal)) {
        if (event.type === 'exited') {
          await this.record(channel.instance, joiner.flush());
          await this.execute({
            type: 'LoseAgent',
            instance: channel.instance,
            reason: event.reason,
            at: this.now(),
          });
          return;
        }
        const facts = joiner.take(withPromptId(event));
        if (event.type === 'said' || event.type === 'thought') {
          const kind = event.type === 'said' ? 'message' : 'thought';
          this.tools.deltas.tell({
            sessionId: this.sessionId,
            entryId: joiner.entryId,
            kind,
            text: event.text,
          });
        }
        if (facts.length > 0) await this.record(channel.instance, facts);
        if (joiner.isOpen && cancelFlush === undefined)
          cancelFlush = this.tools.clock.after(JOIN_MS, () => {
            cancelFlush = undefined;
            // What could not be stored is read again by whoever attaches next.
            this.record(channel.instance, joiner.flush()).catch((error: unknown) => attached.abort(error));
          });
      }
    } finally {
      cancelFlush?.();
    }
  }

  /** One append after the other, in the order of the agent's events. */
  private record(instance: string, facts: readonly AgentFact[]): Promise<unknown> {
    if (facts.length === 0) return this.joining;
    const at = this.now();
    const told = facts.map((fact) => this.withDeadline(fact, at));
    this.joining = this.joining.then(() =>
      this.execute({ type: 'Record', instance, facts: told, at }).then((session) => {
        if (session.turn === null) this.poke();
      }),
    );
    return this.joining;
  }

  private withDeadline(fact: AgentFact, at: string): AgentFact {
    const ms = this.tools.permissionDeadlineMs;
    if (fact.type !== 'permission' || ms === 0) return fact;
    return { ...fact, deadline: new Date(Date.parse(at) + ms).toISOString() };
  }

  /** Says to the agent what people want, as it comes to be wanted. Never rejects: trouble ends the attachment. */
  private async serve(channel: SessionChannel, attached: AbortController): Promise<void> {
    const { signal } = attached;
    try {
      while (!signal.aborted) {
        const poked = this.nextPoke(signal);
        if (await this.isOvertaken()) return;
        while (await this.serveOne(channel, signal));
        await poked;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.tools.log.warn(
        { taskId: this.taskId, sessionId: this.sessionId, reason: reasonOf(error) },
        'what is wanted of the agent could not be said to it; it is attached to anew',
      );
      attached.abort(error);
    }
  }

  private async serveOne(channel: SessionChannel, signal: AbortSignal): Promise<boolean> {
    const { state: session } = await this.tools.sessions.refresh(this.sessionId);
    const told = this.told!;
    // Somebody else may have answered.
    if (session !== null) this.deadlines?.arm(session);
    const wish = session === null ? null : nextWish(session, told);
    if (wish === null) return false;
    switch (wish.type) {
      case 'answer': {
        const { permissionId, requestId, answer } = wish.permission;
        await channel.answer(requestId, answer!.optionId, signal);
        this.told = { ...told, answers: new Set([...told.answers, permissionId]) };
        return true;
      }
      case 'cancel':
        await channel.cancel(signal);
        this.told = { ...told, cancelled: wish.promptId };
        this.endLater(wish.promptId, channel, signal);
        return true;
      case 'set_mode':
        this.told = { ...told, mode: wish.modeId };
        await this.orTell(() => channel.setMode(wish.modeId, signal));
        return true;
      case 'set_model':
        this.told = { ...told, model: wish.model };
        await this.orTell(() => channel.setModel(wish.model, signal));
        return true;
      case 'prompt': {
        const { promptId, text } = wish.prompt;
        const sent = await this.execute({ type: 'SendPrompt', promptId, at: this.now() });
        const prompt = sent.prompts.find((each) => each.promptId === promptId);
        if (prompt?.state !== 'sent') return true;
        this.doubtLater(promptId, signal);
        await channel.prompt(wireId(promptId, prompt.sends), text, signal);
        return true;
      }
    }
  }

  /** A setting that the agent refuses is no reason to stop. */
  private async orTell(set: () => Promise<void>): Promise<void> {
    try {
      await set();
    } catch (error) {
      this.tools.log.warn(
        { sessionId: this.sessionId, reason: reasonOf(error) },
        'the agent refused a setting',
      );
    }
  }

  /** No sign of a prompt for long: whether the agent has it is not known, so a person decides. */
  private doubtLater(promptId: string, signal: AbortSignal): void {
    const reason = `Nothing shows that the agent has this, ${DOUBT_MS / 1_000} s after it was sent.`;
    this.later(DOUBT_MS, signal, () =>
      this.execute({ type: 'DoubtPrompt', promptId, reason, at: this.now() }),
    );
  }

  /** An agent that does not listen to a cancel is ended. */
  private endLater(promptId: string, channel: SessionChannel, signal: AbortSignal): void {
    this.later(CANCEL_GRACE_MS, signal, async () => {
      const { state } = await this.tools.sessions.refresh(this.sessionId);
      if (state?.turn?.promptId === promptId && state.turn.cancelling) await channel.end(signal);
    });
  }

  /** Carries out a command, and has the task's record say what others see of it. */
  private async execute(command: SessionCommand): Promise<Session> {
    const { fold } = await this.tools.executor.execute(this.sessionId, command, {
      ...newContext('session'),
      atLeastRevision: 0n,
    });
    this.note.changed(fold.state!);
    this.deadlines?.arm(fold.state!);
    return fold.state!;
  }

  /** Resolves at the next poke, or when the signal aborts. */
  private nextPoke(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const unlisten = onAbort(signal, resolve);
      this.waiting.add(() => {
        unlisten();
        resolve();
      });
    });
  }

  /** Does something after a time, unless the signal aborts before. What it throws is tried again by whoever comes next. */
  private later(ms: number, signal: AbortSignal, work: () => Promise<unknown>): void {
    const cancel = this.tools.clock.after(ms, () => {
      unlisten();
      work().catch((error: unknown) => {
        this.tools.log.debug({ sessionId: this.sessionId, reason: reasonOf(error) }, 'left for later');
      });
    });
    const unlisten = onAbort(signal, cancel);
  }

  private now(): string {
    return this.tools.clock.now().toISOString();
  }
}

const LOST = 'The agent of this session has ended; the next prompt takes the session up again.';

/** A prompt that is sent again is another request to the agent. */
const wireId = (promptId: string, sends: number): string => `${promptId}.${sends}`;

function withPromptId<E extends AgentEvent>(event: E): E {
  if (event.type !== 'turn_ended') return event;
  return { ...event, promptId: event.promptId.replace(/\.\d+$/, '') };
}
