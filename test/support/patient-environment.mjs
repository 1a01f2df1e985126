import { TestEnvironment } from 'jest-environment-node';

/** How much slower than where the limits were chosen a machine may be. */
const PATIENCE = 4;

/**
 * The environment of all tests. A limit that a test, a hook or a wait gives itself is there to end what hangs, and is
 * no claim about speed, which the benchmark measures: it is several times as long here, as the machine may be slow.
 */
export default class PatientEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.PATIENCE = PATIENCE;
  }

  handleTestEvent({ name, test, hook }) {
    if (name === 'test_start' && test.timeout) test.timeout *= PATIENCE;
    if (name === 'hook_start' && hook.timeout && !hook.isPatient) {
      hook.timeout *= PATIENCE;
      hook.isPatient = true;
    }
  }
}
