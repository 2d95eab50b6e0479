/**
 * What a shell runs to complete the words of `signalbox`: it asks the program
 * itself, which answers with a candidate and its description on each line.
 */
export const scripts = {
  bash: `# Completion of signalbox for bash: eval "$(signalbox completion bash)"
_signalbox() {
  local line quoted
  COMPREPLY=()
  while IFS= read -r line; do
    printf -v quoted %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$quoted")
  done < <(signalbox __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  return 0
}
complete -F _signalbox signalbox
`,
  zsh: `#compdef signalbox
# Completion of signalbox for zsh: source <(signalbox completion zsh), or keep it as _signalbox in a folder of $fpath.
_signalbox() {
  local line
  local -a found
  for line in "\${(@f)$(signalbox __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( $#found )) && _describe -V signalbox found
}
if [[ $funcstack[1] == _signalbox ]]; then _signalbox "$@"; else compdef _signalbox signalbox; fi
`,
  fish: `# Completion of signalbox for fish: signalbox completion fish | source
function __signalbox_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  signalbox __complete -- $words[2..-1] "$current" 2>/dev/null
end
complete -c signalbox -f -a '(__signalbox_complete)'
`,
} as const;
