import type { TaskRecord } from '../../src/types.js';
import type { WebSocketClass, WebSocketLike } from '../../src/web-socket.js';

interface ClientFrame {
  readonly event: string;
  readonly data: { readonly topic: string; readonly after?: string };
}

/** The other side of one connection; the test says what it does. */
export class FakeSocket implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  readonly asked: ClientFrame[] = [];
  ended = false;
  readonly bufferedAmount = 0;
  binaryType = '';

  constructor(readonly url: string) {}

  send(text: string): void {
    this.asked.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.ended = true;
  }

  opens(): this {
    this.onopen?.({} as never);
    return this;
  }

  says(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) } as never);
  }

  /** Answers every question that was not answered before. */
  answers(): this {
    for (const { event, data } of this.asked.splice(0))
      this.says({ event: `${event}d`, data: { topic: data.topic } });
    return this;
  }

  task(position: number, topic = 'task:a'): this {
    const task = { taskId: 'a', position: String(position) } as TaskRecord;
    this.says({ event: 'task', data: { topic, position: String(position), task } });
    return this;
  }

  entry(position: number, topic = 'session:a'): this {
    const entry = { kind: 'message', position: String(position), text: `<${position}>` };
    this.says({ event: 'entry', data: { topic, position: String(position), entry } });
    return this;
  }

  drops(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason } as never);
  }
}

/** Every connection that was tried. */
export class FakeService {
  readonly sockets: FakeSocket[] = [];

  readonly findClass = (): Promise<WebSocketClass> => {
    const { sockets } = this;
    return Promise.resolve(
      class extends FakeSocket {
        constructor(url: string) {
          super(url);
          sockets.push(this);
        }
      },
    );
  };

  get last(): FakeSocket {
    return this.sockets.at(-1)!;
  }
}
