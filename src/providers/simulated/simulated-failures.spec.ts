import { describe, expect, it } from '@jest/globals';
import { parseSimulatedFailures } from './simulated-failures.js';

describe('parseSimulatedFailures', () => {
  it('reads every mode', () => {
    expect(
      parseSimulatedFailures(
        'create_sandbox=hang, ensure_agent = fail:2,create_session=rate:0.1:7,ensure_name=rate:1,release=late:50, destroy=refuse,',
      ),
    ).toEqual({
      create_sandbox: { mode: 'hang' },
      ensure_agent: { mode: 'fail', attempts: 2 },
      create_session: { mode: 'rate', probability: 0.1, seed: 7 },
      ensure_name: { mode: 'rate', probability: 1, seed: 0 },
      release: { mode: 'late', delayMs: 50 },
      destroy: { mode: 'refuse' },
    });
    expect(parseSimulatedFailures('')).toEqual({});
  });

  it('gives each provider what is meant for it', () => {
    const setting = 'ensure_agent=hang, simulated-2/create_sandbox=refuse, simulated/destroy=hang';
    const hang = { mode: 'hang' };
    expect(parseSimulatedFailures(setting)).toEqual({ ensure_agent: hang, destroy: hang });
    expect(parseSimulatedFailures(setting, 'simulated-2')).toEqual({
      ensure_agent: hang,
      create_sandbox: { mode: 'refuse' },
    });
  });

  it.each([
    ['simulatd/create_sandbox=hang', /before "\/" comes/],
    ['create=hang', /begin with one of ensure_name/],
    ['hang', /begin with one of/],
    ['create_sandbox=explode', /after "=" comes/],
    ['create_sandbox=hang:1', /takes no value/],
    ['create_sandbox=fail', /fail:</],
    ['create_sandbox=fail:x', /fail:</],
    ['create_sandbox=fail:-1', /fail:</],
    ['create_sandbox=rate:2', /0 to 1/],
    ['create_sandbox=rate:0.5:0.5', /seed/],
    ['create_sandbox=late:99999999999', /milliseconds/],
    ['create_sandbox=hang,create_sandbox=fail:1', /twice/],
  ])('refuses %s and says why', (setting, reason) => {
    expect(() => parseSimulatedFailures(setting)).toThrow(reason);
  });
});
