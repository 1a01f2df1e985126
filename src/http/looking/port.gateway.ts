import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import type { WebSocket } from 'ws';
import type { Caller } from '../../access/permissions.js';
import { SocketAdmission } from '../../access/socket-admission.js';
import { TerminalRecord } from '../../access/terminal-record.js';
import { LOGGER } from '../../platform/tokens.js';
import { OpenSockets } from './open-sockets.js';
import { PortSocket } from './port-socket.js';
import { NotLetInError, SandboxDoor } from './sandbox-door.js';
import { PORT_PATH, type TaskSocket, type TaskSocketRequest } from './task-socket-route.js';

const MAX_PAYLOAD = 64 * 1_024;
/** A browser opens several connections for a page. */
const LIMITS = { inAll: 400, ofTask: 64 };
const OPEN_MS = 20_000;

const connections = new Gauge({
  name: 'slipway_port_connections',
  help: 'Connections to ports of sandboxes that are open in this process',
});

/** `/v1/tasks/{taskId}/ports/{port}`: a connection to what listens there in the task's sandbox, for whoever may prompt its agent. */
@WebSocketGateway({ path: PORT_PATH, maxPayload: MAX_PAYLOAD })
export class PortGateway implements OnGatewayConnection<WebSocket> {
  private readonly open = new OpenSockets('connections to ports', LIMITS, connections);

  constructor(
    @Inject(SandboxDoor) private readonly door: SandboxDoor,
    @Inject(SocketAdmission) private readonly admission: SocketAdmission,
    @Inject(TerminalRecord) private readonly record: TerminalRecord,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  handleConnection(socket: WebSocket, { taskSocket, caller }: TaskSocketRequest & { caller?: Caller }): void {
    const client = new PortSocket(socket);
    if (taskSocket === undefined) return client.refuse('task_not_found', 'There is no such port.');
    const refusal = this.open.refusal(taskSocket.taskId);
    if (refusal !== null) return client.refuse('too_many_ports', refusal);
    const admitted = this.admission.admit(client, socket, caller, taskSocket.path);
    if (admitted === null) return;
    this.open.add(socket, taskSocket.taskId);
    this.begin(client, admitted.caller, taskSocket).catch((error: unknown) => client.fail(error));
  }

  private async begin(client: PortSocket, caller: Caller, { taskId, port }: TaskSocket): Promise<void> {
    const { provider, workspaceId } = await this.door.enter(caller, taskId, 'A port');
    if (provider.openPort === undefined)
      throw new NotLetInError('no_ports', `Sandboxes of ${provider.id} have no ports.`);
    await this.record.tellPort(caller, taskId, workspaceId, port);
    const upstream = await provider.openPort({ taskId, port }, AbortSignal.timeout(OPEN_MS));
    const { actor, address, tokenId } = caller;
    const who = { taskId, port, workspaceId, actor, address, tokenId };
    this.log.info({ audit: 'port_opened', ...who }, 'a connection to a port was opened');
    const since = Date.now();
    client.begin(upstream, () =>
      this.log.info({ audit: 'port_closed', ...who, ms: Date.now() - since }, 'a connection was closed'),
    );
  }
}
