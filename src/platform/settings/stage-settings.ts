import { wholeNumber } from './setting-kinds.js';
import { type Setting, setting } from './setting.js';

/** A stage's time-out and attempts. */
export interface StagePolicy {
  readonly timeoutMs: number;
  readonly attempts: number;
}

const HOUR_MS = 3_600_000;
const POLICIES = {
  ensure_name: { timeoutMs: 30_000, attempts: 3 },
  create_sandbox: { timeoutMs: 180_000, attempts: 3 },
  run_setup: { timeoutMs: 600_000, attempts: 1 },
  ensure_agent: { timeoutMs: 180_000, attempts: 3 },
  create_session: { timeoutMs: 180_000, attempts: 3 },
  release_sandbox: { timeoutMs: 60_000, attempts: 10 },
  destroy_sandbox: { timeoutMs: 60_000, attempts: 10 },
} satisfies Record<string, StagePolicy>;
type StageName = keyof typeof POLICIES;
const STAGE_NAMES = Object.keys(POLICIES) as StageName[];

/** What the README shows of all stages in one row: `ENSURE_NAME`: `30000`; … */
function defaults(part: keyof StagePolicy): string {
  const values = [...new Set(STAGE_NAMES.map((stage) => POLICIES[stage][part]))];
  const stagesOf = (value: number) => STAGE_NAMES.filter((stage) => POLICIES[stage][part] === value);
  return values
    .map((value) => {
      const stages = stagesOf(value).map((stage) => `\`${stage.toUpperCase()}\``);
      return `${stages.join(', ')}: \`${value}\``;
    })
    .join('; ');
}

/** A stage's variables: `SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS`, `…_ATTEMPTS`. */
const policyOf = (stage: StageName): Readonly<Record<keyof StagePolicy, Setting<number>>> => ({
  timeoutMs: setting(
    `SLIPWAY_STAGE_${stage.toUpperCase()}_TIMEOUT_MS`,
    wholeNumber(1, HOUR_MS, 'milliseconds'),
    POLICIES[stage].timeoutMs,
    'how long one attempt at the stage may take',
    { row: 'SLIPWAY_STAGE_<STAGE>_TIMEOUT_MS', shown: defaults('timeoutMs') },
  ),
  attempts: setting(
    `SLIPWAY_STAGE_${stage.toUpperCase()}_ATTEMPTS`,
    wholeNumber(1, 1_000),
    POLICIES[stage].attempts,
    'attempts at the stage before the task is in `error`',
    { row: 'SLIPWAY_STAGE_<STAGE>_ATTEMPTS', shown: defaults('attempts') },
  ),
});

/** The policy of every stage. */
export const stageSettings = () =>
  Object.fromEntries(STAGE_NAMES.map((stage) => [stage, policyOf(stage)])) as Readonly<
    Record<StageName, ReturnType<typeof policyOf>>
  >;
