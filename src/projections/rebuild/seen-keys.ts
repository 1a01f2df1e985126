/** 8 MB of bits: of five million keys one in a hundred is taken for seen. */
const BITS = 2 ** 26;
const PROBES = 3;

/** FNV-1a (https://datatracker.ietf.org/doc/draft-eastlake-fnv/), and another factor for a second hash. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_FACTOR = 0x85ebca6b;

/** A Bloom filter: remembers any number of keys in fixed memory, and may take one for seen that was not; never the reverse. */
export class SeenKeys {
  private readonly bits = new Uint32Array(BITS / 32);

  /** Remembers the key. False when it is certain that it was never added before. */
  add(key: string): boolean {
    let first = OFFSET;
    let second = OFFSET;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      first = Math.imul(first ^ code, PRIME);
      second = Math.imul(second ^ code, OTHER_FACTOR);
    }
    let seen = true;
    for (let probe = 0; probe < PROBES; probe++) {
      // The upper bits are the better mixed ones.
      const bit = (first + Math.imul(probe, second | 1)) >>> 6;
      const word = bit >>> 5;
      const mask = 1 << (bit & 31);
      seen &&= (this.bits[word]! & mask) !== 0;
      this.bits[word]! |= mask;
    }
    return seen;
  }
}
