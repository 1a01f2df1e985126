import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;
export const KEY_BYTES = 32;

/** What is sealed was sealed with another key, for another place, or was changed. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError';
}

/** Secrets at rest: AES-256-GCM, each bound to the place that it was sealed for. */
export class SecretBox {
  /** @param key 32 bytes */
  constructor(private readonly key: Buffer) {}

  /** @param place what the secret is for; it can be opened only for the same */
  seal(secret: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws SealBrokenError */
  open(sealed: Buffer, place: string): string {
    try {
      if (sealed[0] !== VERSION) throw new Error('unknown version');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.key, nonce)
        .setAAD(Buffer.from(place))
        .setAuthTag(tag);
      const body = sealed.subarray(1 + NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SealBrokenError('A secret cannot be opened with the key that is in use.', { cause });
    }
  }

  /** Tells secrets apart without giving one away. */
  fingerprint(secret: string): string {
    return `hmac:${createHmac('sha256', this.key).update(secret).digest('hex').slice(0, 16)}`;
  }
}
