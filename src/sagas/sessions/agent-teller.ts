import type { Logger } from 'pino';
import { ProviderError } from '../../events/provider-error.js';
import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';
import { tracePoint } from '../../platform/trace-points.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import { withTimeout } from '../stages/with-timeout.js';
import { nextWish, wireId, type Told } from './next-wish.js';
import type { SessionDesk } from './session-desk.js';

/** A prompt that may have reached the agent shows a sign of it within this, or a person is asked. */
const DOUBT_MS = 10_000;
/** An agent that goes on for so long after a cancel is ended. */
const CANCEL_GRACE_MS = 10_000;
/** Whoever does not even take what the agent is told within this is attached to anew. */
const CALL_MS = 30_000;
/** What the agent does within this tells by itself that it has the prompt, and is stored with that, in milliseconds. */
const SIGN_MS = 20;
/** What was due and failed is tried again after so long, in milliseconds. */
const AGAIN_MS = 1_000;

export interface TellerTools {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The half of an attachment that tells: what people want in the session's stream is said to the agent. */
export class AgentTeller {
  private told: Told;

  /** @param hasExited whether the agent has told its end */
  constructor(
    private readonly desk: SessionDesk,
    private readonly channel: SessionChannel,
    private readonly hasExited: () => boolean,
    private readonly tools: TellerTools,
  ) {
    const { instance } = channel;
    this.told = { instance, answers: new Set(), cancelled: null, mode: null, model: null };
  }

  /** Says to the agent what people want, as it comes to be wanted. Never rejects: trouble ends the attachment. */
  async serve(attached: AbortController): Promise<void> {
    const { signal } = attached;
    const { desk } = this;
    try {
      while (!signal.aborted) {
        const poked = desk.nextPoke(signal);
        const { state: task } = await desk.task();
        if (task?.status !== 'running') return;
        while (await this.serveOne(signal));
        // Others may have told the task of what was so before.
        desk.note.changed();
        await poked;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.tools.log.warn(
        { taskId: desk.taskId, sessionId: desk.sessionId, reason: reasonOf(error) },
        'what is wanted of the agent could not be said to it; it is attached to anew',
      );
      attached.abort(error);
    }
  }

  private async serveOne(signal: AbortSignal): Promise<boolean> {
    const { channel, desk, told } = this;
    const { state: session } = await desk.session();
    // Somebody else may have answered.
    if (session !== null) desk.deadlines?.arm(session);
    if (session === null || session.agent === 'ended' || this.hasExited()) return false;
    if (session.instance !== told.instance) throw new Error('Another agent process has taken over.');
    if (session.agent !== 'attached') {
      // Somebody who was in trouble, and is out of date by now, said that the agent could not be attended to.
      await desk.attach(channel, 'same');
      return true;
    }
    const wish = nextWish(session, told);
    if (wish === null) return false;
    switch (wish.type) {
      case 'answer': {
        const { permissionId, requestId, answer, isInTurn } = wish.permission;
        // No turn is known whose cancel would stop it.
        if (answer!.by === 'cancel' && !isInTurn)
          await this.tell('cancel', signal, (over) => channel.cancel(over));
        await this.tell('answer', signal, (over) => channel.answer(requestId, answer!.optionId, over));
        this.told = { ...told, answers: new Set([...told.answers, permissionId]) };
        return true;
      }
      case 'cancel':
        await this.tell('cancel', signal, (over) => channel.cancel(over));
        this.told = { ...told, cancelled: wish.sending };
        this.endLater(wish.promptId, signal);
        return true;
      case 'set_mode':
        this.told = { ...told, mode: wish.nth };
        await this.orTell(
          'mode',
          wish.modeId,
          this.call(signal, (over) => channel.setMode(wish.modeId, over)),
        );
        return true;
      case 'set_model':
        this.told = { ...told, model: wish.nth };
        await this.orTell(
          'model',
          wish.model,
          this.call(signal, (over) => channel.setModel(wish.model, over)),
        );
        return true;
      case 'prompt': {
        const { promptId, text } = wish.prompt;
        const sent = await desk.execute({ type: 'SendPrompt', promptId, at: desk.now() });
        const prompt = sent.prompts.find((each) => each.promptId === promptId);
        if (prompt?.state !== 'sent') return true;
        this.doubtLater(promptId, signal);
        const id = wireId(promptId, prompt.sends);
        await this.tell('prompt', signal, (over) => channel.prompt(id, text, over));
        await this.tools.clock.sleep(SIGN_MS, signal);
        await desk.execute({ type: 'ConfirmPrompt', promptId, at: desk.now() });
        return true;
      }
    }
  }

  private async tell(
    what: 'answer' | 'cancel' | 'prompt',
    signal: AbortSignal,
    call: (over: AbortSignal) => Promise<void>,
  ): Promise<void> {
    tracePoint(`${what}.before-call`, this.desk.taskId);
    await this.call(signal, call);
    tracePoint(`${what}.after-call`, this.desk.taskId);
  }

  private call(signal: AbortSignal, call: (over: AbortSignal) => Promise<void>): Promise<void> {
    return withTimeout(this.tools.clock, CALL_MS, signal, call);
  }

  /** A setting that the agent refuses is no reason to stop, and those who want it are told. */
  private async orTell(setting: 'mode' | 'model', value: string, set: Promise<void>): Promise<void> {
    try {
      await set;
    } catch (error) {
      const isRefused = error instanceof ProviderError && error.code === 'agent_refused';
      if (!isRefused) {
        // Whoever attends next tries it again.
        const text = 'whether the agent took a setting is not known';
        this.tools.log.warn({ sessionId: this.desk.sessionId, setting, reason: reasonOf(error) }, text);
        return;
      }
      const reason = `The agent could not be set to the ${setting} "${value}": ${reasonOf(error)}`
        .slice(0, 2_000)
        .toWellFormed();
      this.tools.log.warn({ sessionId: this.desk.sessionId, reason }, 'the agent refused a setting');
      await this.desk.execute({ type: 'RefuseSetting', setting, value, reason, at: this.desk.now() });
    }
  }

  /** No sign of a prompt for long: whether the agent has it is not known, so a person decides. */
  doubtLater(promptId: string, signal: AbortSignal): void {
    const reason = `Nothing shows that the agent has this, ${DOUBT_MS / 1_000} s after it was sent.`;
    this.later(DOUBT_MS, signal, () =>
      this.desk.execute({ type: 'DoubtPrompt', promptId, reason, at: this.desk.now() }),
    );
  }

  /** An agent that does not listen to a cancel is ended. */
  private endLater(promptId: string, signal: AbortSignal): void {
    this.later(CANCEL_GRACE_MS, signal, async () => {
      const { state } = await this.desk.session();
      if (state?.turn?.promptId === promptId && state.turn.cancelling)
        await this.call(signal, (over) => this.channel.end(over));
    });
  }

  /** Does something after a time, unless the signal aborts before; again where it fails. */
  private later(ms: number, signal: AbortSignal, work: () => Promise<unknown>): void {
    const cancel = this.tools.clock.after(ms, () => {
      unlisten();
      work().catch((error: unknown) => {
        this.tools.log.debug({ sessionId: this.desk.sessionId, reason: reasonOf(error) }, 'tried again');
        this.later(AGAIN_MS, signal, work);
      });
    });
    const unlisten = onAbort(signal, cancel);
  }
}
