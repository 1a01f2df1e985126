/** As much of a WebSocket as is used: a browser's, Node's own or the one of `ws`. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  /** How binary frames come. */
  binaryType: string;
  /** Bytes that were given to `send` and are not on their way yet. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  /** Ends it without waiting for the other side (`ws` has it). */
  terminate?(): void;
}

export type WebSocketClass = new (url: string) => WebSocketLike;
