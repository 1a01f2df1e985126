import { openingOf } from '../../commands/session-opening.js';
import { queued, type Session } from '../../events/session/session-state.js';
import type { SessionFold, Task } from '../../events/task/task-state.js';
import { onAbort } from '../../platform/aborts.js';
import { tracePoint } from '../../platform/trace-points.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import { AgentReader, type ReaderTools } from './agent-reader.js';
import { AgentTeller, type TellerTools } from './agent-teller.js';
import { PermissionDeadlines } from './permission-deadlines.js';
import { SessionDesk, type DeskTools } from './session-desk.js';

/** Characters of what was said that a new agent is told of. */
const RECAP = 8_000;
const LOST = 'The agent of this session has ended; the next prompt takes the session up again.';

export interface DriverTools extends DeskTools, ReaderTools, TellerTools {
  readonly provider: SandboxProvider;
  /** What was said in a session, its end last, at most so many characters. */
  readonly recapOf: (sessionId: string, most: number) => Promise<string>;
  /** Looks of many drivers at the store, a few at a time: after a start they all begin at once. */
  readonly inTurn: <T>(look: () => Promise<T>) => Promise<T>;
}

/**
 * Attends to one session: what the agent does becomes facts in the session's stream (AgentReader), what people want in the
 * stream is said to the agent (AgentTeller). Everything it knows it reads from the stream, so that another one can go on at any
 * moment.
 */
export class SessionDriver {
  private readonly desk: SessionDesk;

  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    private readonly tools: DriverTools,
  ) {
    this.desk = new SessionDesk(taskId, sessionId, tools);
  }

  /** The session's stream, or its task's, has an event with this revision. */
  heard(of: 'session' | 'task', revision: bigint): void {
    this.desk.heard(of, revision);
  }

  /** Attends until the task is over or the signal aborts. Rejects with what the stores or the provider throw. */
  async run(signal: AbortSignal): Promise<void> {
    const { desk } = this;
    while (!signal.aborted) {
      const poked = desk.nextPoke(signal);
      const { task, fold, session } = await this.tools.inTurn(() => this.look());
      if (!task || !fold || fold.state === 'ended' || fold.state === 'error') return;
      if (session !== null) {
        // What whoever attended before could not tell any more.
        desk.note.changed();
        // A session that ended with its task is ready again: the task was resumed.
        const isNew = session.agent === 'none' || session.agent === 'ended';
        // On its way out a task starts no agent: nothing would end it.
        const isWanted = task.status === 'running' && (isNew || queued(session).length > 0);
        if (await this.attend(task, fold, session, isWanted, signal)) continue;
      }
      await poked;
    }
  }

  /** The task, by its stream's end: for one on its way out no agent is started. And its session, where that can be attended to. */
  private async look() {
    const { state: task } = await this.tools.tasks.refresh(this.taskId);
    const fold = task?.sessions.find(({ sessionId }) => sessionId === this.sessionId);
    const isReady = task !== null && task.sandboxId !== null && fold?.state === 'ready';
    return { task, fold, session: isReady ? await this.opened(task, fold) : null };
  }

  /** The session's stream, begun. One that its task has heard nothing of is probably not there yet. */
  private async opened(task: Task, fold: SessionFold): Promise<Session> {
    const state = fold.summary === null ? null : (await this.desk.session()).state;
    return state ?? this.desk.execute(openingOf(task, fold, this.desk.now()));
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
      tracePoint('attach.before-call', this.taskId);
      const channel = await provider.attachSession(spec, { start }, attached.signal);
      if (channel !== null) tracePoint('attach.after-call', this.taskId);
      if (channel === null) {
        if (session.agent === 'attached' || session.turn !== null)
          await this.tools.inTurn(() => this.loseAgent('gone', LOST));
        return false;
      }
      if (start && (await this.isOvertaken())) {
        // The task was archived or killed while its agent was being started.
        await channel.end(attached.signal);
        await provider.releaseSandbox(this.taskId, attached.signal);
        return false;
      }
      await this.converse(channel, attached);
      return true;
    } finally {
      attached.abort();
      unlisten();
      await this.desk.note.settle();
    }
  }

  /** Whether the task is not one any more whose agents work, by the stream's end. */
  private async isOvertaken(): Promise<boolean> {
    const { state } = await this.tools.tasks.refresh(this.taskId);
    return state?.status !== 'running';
  }

  /** The agent cannot be attended to: said in the session, once for each reason, and again when it lasts. */
  tellOfTrouble(reason: string, isLasting: boolean): Promise<void> {
    return this.loseAgent('trouble', reason, isLasting);
  }

  private async loseAgent(how: 'gone' | 'trouble', reason: string, isLasting = false): Promise<void> {
    const { state } = await this.tools.sessions.refresh(this.sessionId);
    if (state === null) return;
    const { instance } = state;
    const at = this.desk.now();
    await this.desk.execute({ type: 'LoseAgent', instance, how, reason, isLasting, at });
  }

  private async converse(channel: SessionChannel, attached: AbortController): Promise<void> {
    const { desk, tools } = this;
    const deadlines = new PermissionDeadlines(tools.clock, (permissionId) =>
      desk.execute({
        type: 'AnswerPermission',
        permissionId,
        optionId: null,
        by: 'deadline',
        at: desk.now(),
      }),
    );
    desk.deadlines = deadlines;
    // Others may have stored more while this process waited for its turn. Of a session that had no agent the append finds out.
    if (tools.sessions.cached(this.sessionId)?.state?.agent !== 'none')
      await tools.sessions.refresh(this.sessionId);
    const session = await desk.attach(channel);
    const reader = new AgentReader(desk, channel, session.cursor, tools);
    const teller = new AgentTeller(desk, channel, () => reader.hasExited, tools);
    const sent = session.prompts.find(({ state }) => state === 'sent');
    if (sent) teller.doubtLater(sent.promptId, attached.signal);
    const wishes = teller.serve(attached);
    try {
      await reader.read(session, attached);
      // Trouble that ended the attachment is told to the host, which waits before the next.
      attached.signal.throwIfAborted();
    } finally {
      attached.abort();
      deadlines.clear();
      desk.deadlines = undefined;
      await wishes;
    }
  }
}
