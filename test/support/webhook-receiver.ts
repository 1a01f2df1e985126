import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it came. */
export interface Received {
  readonly id: string;
  readonly type: string;
  /** Of the event; undefined for a test. */
  readonly position: string | undefined;
  readonly body: {
    readonly type: string;
    readonly data: { readonly taskId?: string; readonly event?: object };
  };
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** How it answers; null: not at all. */
interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

/** A receiver of webhooks on this machine that can be down, silent or of another mind. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  answer: Answer | null = { status: 204 };
  /** Whoever connects is hung up on; the port stays its own, which a closed one would not. */
  isDown = false;
  private server?: Server;
  private port = 0;

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  private async listen(): Promise<void> {
    const server = (this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.keep(request.headers, Buffer.concat(chunks).toString());
        if (this.answer !== null) response.writeHead(this.answer.status, this.answer.headers).end();
      });
    }));
    server.on('connection', (socket) => {
      if (this.isDown) socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    if (server?.listening) await new Promise((resolve) => server.close(resolve));
  }

  /** Each message once, in the order in which they came first: at least once is what is promised. */
  get messages(): Received[] {
    return [
      ...new Map(this.received.toReversed().map((message) => [message.id, message])).values(),
    ].toReversed();
  }

  /** Positions of the events of those. */
  get positions(): string[] {
    return this.messages.flatMap(({ position }) => (position === undefined ? [] : [position]));
  }

  private keep(headers: IncomingHttpHeaders, text: string): void {
    const body = JSON.parse(text) as Received['body'];
    const { position } = (body.data.event ?? {}) as { position?: string };
    this.received.push({ id: String(headers['webhook-id']), type: body.type, position, body, text, headers });
  }
}

/** The signature that a message has to have. */
export function signatureOf(secret: string, { headers, text, id }: Received): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${id}.${String(headers['webhook-timestamp'])}.${text}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
