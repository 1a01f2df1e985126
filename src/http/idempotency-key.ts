import { InvalidRequestError } from '../commands/invalid-request.js';

/** The header in the API document. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Up to 200 visible ASCII characters. The same key with the same body is the same request.',
};

/** The header's value, checked. Throws InvalidRequestError. */
export function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  const message = 'Idempotency-Key must be 1 to 200 visible ASCII characters, without spaces';
  throw new InvalidRequestError([{ field: 'Idempotency-Key', message }]);
}
