import type { Command } from '../command';

/** @param names every command, from the table that loads this one */
export const makeCompletion = (names: readonly string[]): Command => ({
  name: 'completion',
  args: '[words...]',
  description: 'Prints a script that lets bash or zsh complete commands and names of apps.',
  options: [],
  examples: [['source <(pm completion)', 'for this shell; put it into ~/.bashrc or ~/.zshrc for all']],
  run: async () => ({ text: script(names), data: true }),
});

/** Names of apps are asked for when Tab is pressed; an unreachable God completes nothing, silently. */
const script = (names: readonly string[]): string => `# pm completion: source <(pm completion)
_pm_names() { pm list --json 2>/dev/null | sed -n 's/^ *"name": "\\(.*\\)",\\{0,1\\}$/\\1/p' | sort -u; }
if [ -n "$ZSH_VERSION" ]; then autoload -U +X bashcompinit && bashcompinit; fi
_pm_complete() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names.join(' ')}" -- "$word"))
  else
    COMPREPLY=($(compgen -W "all $(_pm_names)" -- "$word") $(compgen -f -- "$word"))
  fi
}
complete -o default -F _pm_complete pm
`;
