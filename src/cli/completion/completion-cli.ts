import { Argument, Command } from 'commander';
import { streams } from '../output.js';

/**
 * Each hands the words up to the cursor to `slipway __complete`, which answers with a line for each completion: the value,
 * a tab, what it is. They are small so that one that is installed stays right when Slipway is brought up to date.
 * zsh's is loaded when it is first needed, and is then called; or it is sourced.
 */
const SCRIPTS = {
  bash: `_slipway() {
  local line
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    COMPREPLY+=("$line")
  done < <(slipway __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _slipway slipway
`,
  zsh: `#compdef slipway
_slipway() {
  local -a found
  local value description
  while IFS=$'\\t' read -r value description; do
    found+=("\${value}:\${description}")
  done < <(slipway __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe 'slipway' found; else _files; fi
}
if [[ "$funcstack[1]" == "_slipway" ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`,
  fish: `function __slipway_complete
  set -l words (commandline -opc) (commandline -ct)
  slipway __complete $words[2..] 2>/dev/null
end
complete -c slipway -a '(__slipway_complete)'
`,
};

/** `slipway completion …`. */
export const completionCommand = (): Command =>
  new Command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
Install it once:
  bash  slipway completion bash > ~/.local/share/bash-completion/completions/slipway
  zsh   slipway completion zsh > "\${fpath[1]}/_slipway"
  fish  slipway completion fish > ~/.config/fish/completions/slipway.fish`,
    )
    .action((shell: keyof typeof SCRIPTS) => void streams.out.write(SCRIPTS[shell]));
