import { Inject } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import type { WebSocket } from 'ws';
import { may, type Caller } from '../../access/permissions.js';
import { Places } from '../../access/places.js';
import { SocketAdmission } from '../../access/socket-admission.js';
import { TerminalRecord } from '../../access/terminal-record.js';
import type { Settings } from '../../platform/settings/settings.js';
import { LOGGER, SETTINGS } from '../../platform/tokens.js';
import { GetTask } from '../../projections/queries/get-task.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { sizeOf } from './terminal-frame.js';
import { TERMINAL_PATH, type TerminalRequest } from './terminal-route.js';
import { TerminalSocket } from './terminal-socket.js';
import { TypingNotes } from './typing-notes.js';

const MAX_PAYLOAD = 64 * 1_024;
const MOST_TERMINALS = 200;
const MOST_OF_A_TASK = 8;
const OPEN_MS = 20_000;

const terminals = new Gauge({ name: 'slipway_terminals', help: 'Terminals that are open in this process' });

/** `/v1/tasks/{taskId}/terminal`: a shell in the task's sandbox, for whoever may prompt its agent. */
@WebSocketGateway({ path: TERMINAL_PATH, maxPayload: MAX_PAYLOAD })
export class TerminalGateway implements OnGatewayConnection<WebSocket> {
  /** The tasks of those that are open. */
  private readonly open = new Map<TerminalSocket, string>();

  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(SocketAdmission) private readonly admission: SocketAdmission,
    @Inject(Places) private readonly places: Places,
    @Inject(TerminalRecord) private readonly record: TerminalRecord,
    @Inject(TypingNotes) private readonly notes: TypingNotes,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  handleConnection(socket: WebSocket, request: TerminalRequest & { caller?: Caller }): void {
    const terminal = new TerminalSocket(socket, this.settings.terminalIdleMs);
    const { terminalTaskId: taskId, originalUrl = '' } = request;
    if (taskId === undefined) return terminal.refuse('task_not_found', 'There is no such terminal.');
    const refusal = this.tooMany(taskId);
    if (refusal !== null) return terminal.refuse('too_many_terminals', refusal);
    const admitted = this.admission.admit(terminal, socket, request.caller, originalUrl.split('?')[0]!);
    if (admitted === null) return;
    this.open.set(terminal, taskId);
    terminals.set(this.open.size);
    socket.once('close', () => {
      this.open.delete(terminal);
      terminals.set(this.open.size);
    });
    const size = sizeOf(new URL(request.url ?? '/', 'http://localhost').searchParams);
    this.begin(terminal, admitted.caller, taskId, size).catch((error: unknown) => terminal.fail(error));
  }

  private tooMany(taskId: string): string | null {
    if (this.open.size >= MOST_TERMINALS)
      return `At most ${MOST_TERMINALS} terminals can be open here at once.`;
    const ofTask = [...this.open.values()].filter((each) => each === taskId);
    return ofTask.length < MOST_OF_A_TASK
      ? null
      : `At most ${MOST_OF_A_TASK} terminals of a task can be open at once: close one.`;
  }

  private async begin(
    terminal: TerminalSocket,
    caller: Caller,
    taskId: string,
    size: ReturnType<typeof sizeOf>,
  ): Promise<void> {
    const place = await this.places.ofTask(taskId);
    if (place === null || !may(caller, 'read', place))
      return terminal.refuse('task_not_found', 'There is no such task.');
    if (!may(caller, 'work', place))
      return terminal.refuse('not_permitted', 'A terminal takes the role member, as a prompt does.');
    const { providerId } = await this.queries.execute(new GetTask(taskId));
    const provider = this.providers.get(providerId);
    if (provider.openTerminal === undefined)
      return terminal.refuse('no_terminals', `Sandboxes of ${providerId} have no terminals.`);
    // Who opened a shell, where and when, is what an operator looks for afterwards: there is none that was not told.
    await this.record.tell(caller, taskId, place.workspaceId);
    const limit = AbortSignal.timeout(OPEN_MS);
    const channel = await provider.openTerminal({ taskId, ...size }, terminal, limit);
    const { actor, address, tokenId } = caller;
    const who = { taskId, workspaceId: place.workspaceId, actor, address, tokenId };
    this.log.info({ audit: 'terminal_opened', ...who }, 'a terminal was opened');
    const since = Date.now();
    terminal.begin(channel, {
      typed: this.notes.of(taskId, caller),
      over: () =>
        this.log.info({ audit: 'terminal_closed', ...who, ms: Date.now() - since }, 'a terminal was closed'),
    });
  }
}
