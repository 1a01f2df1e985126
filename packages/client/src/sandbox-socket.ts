import { SlipwayError } from './slipway-error.js';
import type { WebSocketLike } from './web-socket.js';

/** A frame that is no bytes: its event, and the fields of its data. */
export interface SandboxFrame {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface SandboxSocketEvents {
  bytes(bytes: Uint8Array): void;
  frame(frame: SandboxFrame): void;
  /** The last word, after it was ready. */
  closed(reason: string): void;
}

/** Resolves when the service says that what was asked for in the sandbox is there. Rejects with SlipwayError where it is not to be. */
export function untilReady(socket: WebSocketLike, events: SandboxSocketEvents): Promise<void> {
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let isReady = false;
    let failure: SlipwayError | undefined;
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (typeof data !== 'string') return events.bytes(new Uint8Array(data as ArrayBuffer));
      const frame = frameOf(data);
      if (frame.event === 'ready') {
        isReady = true;
        resolve();
      } else if (frame.event === 'error')
        failure = new SlipwayError({ code: String(frame.code), detail: String(frame.message) });
      else events.frame(frame);
    };
    socket.onerror = ({ message }: { message?: string }) => {
      failure ??= new SlipwayError({ code: 'unreachable', detail: message ?? 'The connection failed.' });
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      const why = failure?.detail ?? (reason || `the connection ended with code ${code}`);
      if (isReady) events.closed(why);
      else reject(failure ?? new SlipwayError({ code: 'unreachable', detail: why }));
    };
  });
}

function frameOf(text: string): SandboxFrame {
  const { event, data } = JSON.parse(text) as { event?: unknown; data?: Record<string, unknown> };
  return { ...data, event: String(event) };
}
