import { type Static, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { TerminalSize } from '../../providers/terminal-channel.js';
import { parseFrame } from './parse-frame.js';

/** So much may be typed (or pasted) in one frame, in characters. */
const MOST_TYPED = 16_384;
const MOST_SIDE = 1_000;

const Size = {
  cols: Type.Integer({ minimum: 1, maximum: MOST_SIDE }),
  rows: Type.Integer({ minimum: 1, maximum: MOST_SIDE }),
};
const Frame = Type.Union([
  Type.Object({
    event: Type.Literal('input'),
    data: Type.Object({ text: Type.String({ maxLength: MOST_TYPED }) }),
  }),
  Type.Object({ event: Type.Literal('resize'), data: Type.Object(Size) }),
  /** So many bytes of what was put out have been shown. */
  Type.Object({
    event: Type.Literal('shown'),
    data: Type.Object({ bytes: Type.Integer({ minimum: 1, maximum: 1 << 30 }) }),
  }),
]);
const isFrame = TypeCompiler.Compile(Frame);

/** What a client sends. */
export type TerminalFrame = Static<typeof Frame>;

/** Reads a client's frame; null for what makes no sense. */
export const parseTerminalFrame = (text: string): TerminalFrame | null => parseFrame(isFrame, text);

/** The size that an address asks for, within what terminals have. */
export function sizeOf(query: URLSearchParams): TerminalSize {
  const side = (name: string, otherwise: number) => {
    const text = query.get(name) ?? '';
    return /^\d{1,4}$/.test(text) ? Math.min(MOST_SIDE, Math.max(1, Number(text))) : otherwise;
  };
  return { cols: side('cols', 80), rows: side('rows', 24) };
}
