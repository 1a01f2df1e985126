import type { Static, TSchema } from '@sinclair/typebox';
import type { TypeCheck } from '@sinclair/typebox/compiler';

/** Reads a client's frame, which is JSON; null for what makes no sense. */
export function parseFrame<Frame extends TSchema>(
  check: TypeCheck<Frame>,
  text: string,
): Static<Frame> | null {
  try {
    const value: unknown = JSON.parse(text);
    return check.Check(value) ? value : null;
  } catch {
    return null;
  }
}
