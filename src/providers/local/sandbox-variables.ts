import { variableNameProblem } from '../../platform/env-variables.js';
import type { Variables } from '../../repository/credentials/project-envs.js';

/** The exit code of a shell whose variables did not all arrive: whoever was to give them died. */
export const NOT_ARRIVED = 251;

/**
 * In a shell inside of the sandbox: takes variables from standard input up to the last line. So their values are among no
 * process's arguments, and reach neither us nor what shuts the sandbox in. No variable can be called as the shell's own ones here.
 */
export const TAKE_VARIABLES = [
  'while IFS= read -r slipway_line && [ "$slipway_line" != . ]; do',
  `slipway_value=$(printf '%b.' "\${slipway_line#*=}")`,
  'export "${slipway_line%%=*}=${slipway_value%.}"',
  'done',
  `[ "$slipway_line" = . ] || exit ${NOT_ARRIVED}`,
  'unset slipway_line slipway_value',
].join('\n');

/** Then runs a command in the checkout; its exit code is the shell's, but that no command's is the one above. */
export const RUN_IN_CHECKOUT = [
  'cd checkout || exit 1',
  `"$@" </dev/null & wait "$!" || exit "$(($? == ${NOT_ARRIVED} ? 1 : $?))"`,
].join('\n');

/** What such a shell is given. */
export function variableLines(variables: Variables): string {
  const lines = Object.entries(variables)
    .filter(([name]) => variableNameProblem(name) === null)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`);
  return `${lines.join('')}.\n`;
}
