import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import type { WebSocket } from 'ws';
import type { Caller } from '../../access/permissions.js';
import { SocketAdmission } from '../../access/socket-admission.js';
import { TerminalRecord } from '../../access/terminal-record.js';
import type { Settings } from '../../platform/settings/settings.js';
import { LOGGER, SETTINGS } from '../../platform/tokens.js';
import type { TerminalSize } from '../../providers/terminal-channel.js';
import { OpenSockets } from './open-sockets.js';
import { NotLetInError, SandboxDoor } from './sandbox-door.js';
import { TERMINAL_PATH, type TaskSocketRequest } from './task-socket-route.js';
import { sizeOf } from './terminal-frame.js';
import { TerminalSocket } from './terminal-socket.js';
import { TypingNotes } from './typing-notes.js';

const MAX_PAYLOAD = 64 * 1_024;
const LIMITS = { inAll: 200, ofTask: 8 };
const OPEN_MS = 20_000;

const terminals = new Gauge({ name: 'slipway_terminals', help: 'Terminals that are open in this process' });

/** `/v1/tasks/{taskId}/terminal`: a shell in the task's sandbox, for whoever may prompt its agent. */
@WebSocketGateway({ path: TERMINAL_PATH, maxPayload: MAX_PAYLOAD })
export class TerminalGateway implements OnGatewayConnection<WebSocket> {
  private readonly open = new OpenSockets('terminals', LIMITS, terminals);

  constructor(
    @Inject(SandboxDoor) private readonly door: SandboxDoor,
    @Inject(SocketAdmission) private readonly admission: SocketAdmission,
    @Inject(TerminalRecord) private readonly record: TerminalRecord,
    @Inject(TypingNotes) private readonly notes: TypingNotes,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  handleConnection(socket: WebSocket, request: TaskSocketRequest & { caller?: Caller }): void {
    const terminal = new TerminalSocket(socket, this.settings.terminalIdleMs);
    const { taskSocket, caller } = request;
    if (taskSocket === undefined) return terminal.refuse('task_not_found', 'There is no such terminal.');
    const { taskId, path } = taskSocket;
    const refusal = this.open.refusal(taskId);
    if (refusal !== null) return terminal.refuse('too_many_terminals', refusal);
    const admitted = this.admission.admit(terminal, socket, caller, path);
    if (admitted === null) return;
    this.open.add(socket, taskId);
    const size = sizeOf(new URL(request.url ?? '/', 'http://localhost').searchParams);
    this.begin(terminal, admitted.caller, taskId, size).catch((error: unknown) => terminal.fail(error));
  }

  private async begin(
    terminal: TerminalSocket,
    caller: Caller,
    taskId: string,
    size: TerminalSize,
  ): Promise<void> {
    const { provider, workspaceId } = await this.door.enter(caller, taskId, 'A terminal');
    if (provider.openTerminal === undefined)
      throw new NotLetInError('no_terminals', `Sandboxes of ${provider.id} have no terminals.`);
    // Who opened a shell, where and when, is what an operator looks for afterwards: there is none that was not told.
    await this.record.tell(caller, taskId, workspaceId);
    const limit = AbortSignal.timeout(OPEN_MS);
    const channel = await provider.openTerminal({ taskId, ...size }, terminal, limit);
    const { actor, address, tokenId } = caller;
    const who = { taskId, workspaceId, actor, address, tokenId };
    this.log.info({ audit: 'terminal_opened', ...who }, 'a terminal was opened');
    const since = Date.now();
    terminal.begin(channel, {
      typed: this.notes.of(taskId, caller),
      over: () =>
        this.log.info({ audit: 'terminal_closed', ...who, ms: Date.now() - since }, 'a terminal was closed'),
    });
  }
}
