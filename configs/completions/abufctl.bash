# bash completion for abufctl.  -*- shell-script -*-
# Made by "make completions": do not edit.

_abufctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()
	local is_dead= is_wal= verb=
	# Behind "--" stands a command, completed like any other.
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -- ]] || continue
		if declare -F _command_offset >/dev/null; then
			_command_offset $((i + 1))
		elif ((COMP_CWORD == i + 1)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		else
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		return
	done
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
	--dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--timeout)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '
		-s --socket --timeout --json --dir
		--all --apply -h --help -V --version' -- "$cur")
		return
	fi
	# One verb; the names of buffers are not known here.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		flush | status) return ;;
		dead) is_dead=1 ;;
		ls | show | replay | drop)
			[[ -z $is_dead ]] || return ;;
		wal) is_wal=1 ;;
		check | stat | dump | repair) verb=1 ;;
		esac
	done
	if [[ -n $is_wal && -n $verb ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
	fi
	if [[ -n $is_wal ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'check stat dump repair' -- "$cur")
		return
	fi
	if [[ -n $is_dead ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'ls show replay drop' -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W 'flush status dead wal' -- "$cur")
}
complete -F _abufctl abufctl
