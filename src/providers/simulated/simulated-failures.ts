/** The stages of provisioning and of the two ways out, in the words of the setting. */
export const SIMULATED_STAGES = [
  'ensure_name',
  'create_sandbox',
  'run_setup',
  'ensure_agent',
  'create_session',
  'release',
  'destroy',
] as const;

export type SimulatedStage = (typeof SIMULATED_STAGES)[number];

/** How a stage misbehaves. */
export type SimulatedFailure =
  /** Never answers; rejects when its signal aborts, leaving nothing. */
  | { readonly mode: 'hang' }
  /** Takes so long and does its work in spite of an abort, as a provider does that cannot be cancelled. */
  | { readonly mode: 'late'; readonly delayMs: number }
  /** The first attempts of each task fail, retryable. */
  | { readonly mode: 'fail'; readonly attempts: number }
  /** Each attempt fails with this probability, retryable; the same seed gives the same failures. */
  | { readonly mode: 'rate'; readonly probability: number; readonly seed: number }
  /** Every attempt fails for good. */
  | { readonly mode: 'refuse' };

export type SimulatedFailures = Readonly<Partial<Record<SimulatedStage, SimulatedFailure>>>;

export class InvalidFailuresError extends Error {
  override readonly name = 'InvalidFailuresError';
}

/**
 * Reads the failures setting: a comma list of `stage=hang`, `stage=late:<ms>`, `stage=fail:<attempts>`,
 * `stage=rate:<0..1>[:<seed>]` or `stage=refuse`. Empty means none. A part that begins with the id of a provider
 * and a slash (`simulated-2/create_sandbox=hang`) is meant for that one only.
 * @param providerId whose failures are wanted
 * @throws InvalidFailuresError which names the part that is wrong
 */
export function parseSimulatedFailures(setting: string, providerId = 'simulated'): SimulatedFailures {
  const failures: Partial<Record<SimulatedStage, SimulatedFailure>> = {};
  for (const part of setting.split(',').map((text) => text.trim())) {
    if (part === '') continue;
    const [, meant = providerId, name = '', mode = ''] =
      /^(?:([\w-]+)\/)?([^=]*?)\s*=\s*(.*)$/.exec(part) ?? [];
    if (!/^simulated(-\d)?$/.test(meant)) throw wrong(part, 'before "/" comes simulated, simulated-2, …');
    if (meant !== providerId) continue;
    const stage = SIMULATED_STAGES.find((known) => known === name);
    if (!stage) throw wrong(part, `it must begin with one of ${SIMULATED_STAGES.join(', ')} and "="`);
    if (failures[stage]) throw wrong(part, `${stage} is set twice`);
    failures[stage] = parseMode(part, mode);
  }
  return failures;
}

function parseMode(part: string, text: string): SimulatedFailure {
  const [mode, ...values] = text.split(':');
  const numbers = values.map((value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN));
  const [first = NaN, second] = numbers;
  switch (mode) {
    case 'hang':
    case 'refuse':
      if (values.length > 0) throw wrong(part, `"${mode}" takes no value`);
      return { mode };
    case 'late':
      if (values.length !== 1 || !isCount(first)) throw wrong(part, 'write late:<milliseconds>');
      return { mode, delayMs: first };
    case 'fail':
      if (values.length !== 1 || !isCount(first)) throw wrong(part, 'write fail:<number of attempts>');
      return { mode, attempts: first };
    case 'rate':
      if (values.length > 2 || !(first <= 1) || (second !== undefined && !isCount(second))) {
        throw wrong(part, 'write rate:<0 to 1> or rate:<0 to 1>:<seed>');
      }
      return { mode, probability: first, seed: second ?? 0 };
    default:
      throw wrong(part, 'after "=" comes hang, refuse, late:<ms>, fail:<attempts> or rate:<0 to 1>');
  }
}

/** A whole number that also serves as a timer's delay. */
function isCount(value: number): boolean {
  return Number.isInteger(value) && value <= 2_147_483_647;
}

function wrong(part: string, why: string): InvalidFailuresError {
  return new InvalidFailuresError(`The failure setting "${part}" is wrong: ${why}.`);
}
