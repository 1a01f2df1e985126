import Sequencer from '@jest/test-sequencer';

const ORDER = ['unit', 'system', 'browser'];
const rank = (test) => ORDER.indexOf(test.context.config.displayName.name);

/** Fast groups first; within a group as jest would: what failed last, then what takes longest. */
export default class FastFirstSequencer extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
