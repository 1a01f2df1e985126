import type { Consumer } from './consumer.js';
import type { Message } from './message.js';
import type { StrategyName } from './settings.js';

/** Chooses who gets a message: one of the consumers that can take it, or nobody for now. */
export type Strategy = (consumers: readonly Consumer[], message: Message) => Consumer | undefined;

/** A strategy of its own for each group: they remember whose turn it is. */
export function strategyOf(name: StrategyName): Strategy {
  if (name === 'Pinned') return pinned;
  return name === 'RoundRobin' ? inTurn(1) : inTurn(0);
}

/** From the last one on: the next after it (`step` 1), or itself for as long as it takes messages (`step` 0). */
function inTurn(step: 0 | 1): Strategy {
  let last = -step;
  return (consumers, message) => {
    for (let i = 0; i < consumers.length; i++) {
      const index = (last + step + i) % consumers.length;
      if (!consumers[index]!.canTake(message)) continue;
      last = index;
      return consumers[index];
    }
    return undefined;
  };
}

/**
 * All events of a stream go to one consumer, for as long as it is there. By rendezvous hashing: a consumer that
 * joins takes its share of the streams from the others, one that leaves gives its own away, the rest stay.
 */
const pinned: Strategy = (consumers, message) => {
  const stream = message.stream;
  let owner: Consumer | undefined;
  let best = -1;
  for (const consumer of consumers) {
    const weight = hash(stream, consumer.id);
    if (weight > best) [owner, best] = [consumer, weight];
  }
  return owner?.canTake(message) ? owner : undefined;
};

/** FNV-1a, 32 bits, with a final mix so that neighbours differ in their high bits too. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
