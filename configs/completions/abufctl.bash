# bash completion for abufctl.  -*- shell-script -*-
# Made by "make completions": do not edit.

_abufctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()
	# --name=value comes as three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	-s | --socket)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--timeout)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '
		-s --socket --timeout --json -h --help
		-V --version' -- "$cur")
		return
	fi
	# One verb; the names of buffers are not known here.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		flush | status) return ;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W 'flush status' -- "$cur")
}
complete -F _abufctl abufctl
