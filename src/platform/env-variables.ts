/*
 * Variables that people give to sandboxes: which names they may have and how much there may be of them. What decides how programs
 * are found, loaded and shut in is not theirs.
 */

export const MOST_VARIABLES = 64;
export const LONGEST_NAME = 100;
export const LONGEST_VALUE = 8_192;
/** Of all names and values together, in bytes. */
export const MOST_ENV_BYTES = 32_768;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What shells, the loader and language runtimes take orders from, where a sandbox's programs are at home, and what is ours. */
const TAKEN = new Set([
  ...['PATH', 'HOME', 'PWD', 'OLDPWD', 'SHELL', 'USER', 'LOGNAME', 'TMPDIR', '_', '__PROTO__'],
  ...['IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'PROMPT_COMMAND', 'CDPATH', 'GLOBIGNORE'],
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_REPL_EXTERNAL_MODULE'],
  ...[
    'PYTHONSTARTUP',
    'PYTHONHOME',
    'PERL5OPT',
    'RUBYOPT',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
  ],
  ...[
    'XDG_DATA_HOME',
    'XDG_CONFIG_HOME',
    'SSH_ASKPASS',
    'SSH_AUTH_SOCK',
    'GLIBC_TUNABLES',
    'GCONV_PATH',
    'LOCPATH',
  ],
]);
const TAKEN_BEGINNINGS = ['LD_', 'DYLD_', 'GIT_', 'SLIPWAY_', 'SANDBOX_AGENT_', 'BASH_FUNC_'];

/** What is wrong with a variable's name, in a sentence; null when nothing is. */
export function variableNameProblem(name: string): string | null {
  const shown = JSON.stringify(name.slice(0, LONGEST_NAME));
  if (name.length > LONGEST_NAME) return `The name ${shown}… is longer than ${LONGEST_NAME} characters`;
  if (!NAME.test(name))
    return `${shown} is no name of a variable: letters, digits and "_", not beginning with a digit`;
  const upper = name.toUpperCase();
  if (TAKEN.has(upper) || TAKEN_BEGINNINGS.some((beginning) => upper.startsWith(beginning)))
    return `${name} cannot be set: it decides how a sandbox's programs are found and run, or is Slipway's own`;
  return null;
}

/** What is wrong with a variable's value, in words that follow its name; null when nothing is. */
export function variableValueProblem(value: unknown): string | null {
  if (typeof value !== 'string') return 'must be text, or null to remove it';
  if (value.length > LONGEST_VALUE)
    return `must have at most ${LONGEST_VALUE} characters, not ${value.length}`;
  if (value.includes('\0') || !value.isWellFormed())
    return 'must be well-formed Unicode text without NUL characters';
  return null;
}

/** What is wrong with all of them together, in a sentence; null when nothing is. */
export function variablesProblem(variables: Readonly<Record<string, string>>): string | null {
  const all = Object.entries(variables);
  if (all.length > MOST_VARIABLES)
    return `There can be at most ${MOST_VARIABLES} variables, not ${all.length}`;
  const bytes = all.reduce((sum, each) => sum + Buffer.byteLength(each.join('=')) + 1, 0);
  return bytes > MOST_ENV_BYTES
    ? `All variables together can have at most ${MOST_ENV_BYTES} bytes, not ${bytes}`
    : null;
}
