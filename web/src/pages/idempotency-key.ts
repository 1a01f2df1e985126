/** 128 random bits. `crypto.randomUUID` would want a secure context, which plain http on another host is not. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
