# bash completion for abuf.  -*- shell-script -*-
# Made by "make completions": do not edit.

_abuf() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	COMPREPLY=()
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
	-c | --config | --control | --joblog)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--input-format)
		mapfile -t COMPREPLY < <(compgen -W 'lines csv json-seq' -- "$cur")
		return ;;
	--header)
		mapfile -t COMPREPLY < <(compgen -W '0 1' -- "$cur")
		return ;;
	--route)
		mapfile -t COMPREPLY < <(compgen -W 'tagged field= column=' -- "$cur")
		return ;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'raw json copy csv tsv resp' -- "$cur")
		return ;;
	--frame)
		mapfile -t COMPREPLY < <(compgen -W 'lines null json-array' -- "$cur")
		return ;;
	--compress)
		mapfile -t COMPREPLY < <(compgen -W 'none gzip zstd' -- "$cur")
		return ;;
	--output)
		mapfile -t COMPREPLY < <(compgen -W 'pass lines ordered null' -- "$cur")
		return ;;
	--preset)
		mapfile -t COMPREPLY < <(compgen -W 'psql curl sysexits' -- "$cur")
		return ;;
	--on-failure)
		mapfile -t COMPREPLY < <(compgen -W 'dead-letter drop stop' -- "$cur")
		return ;;
	--dead-letter)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--wal)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--wal-sync)
		mapfile -t COMPREPLY < <(compgen -W 'batch always none' -- "$cur")
		return ;;
	--wal-fence)
		mapfile -t COMPREPLY < <(compgen -W 'kill wait ignore' -- "$cur")
		return ;;
	--wal-recover)
		mapfile -t COMPREPLY < <(compgen -W 'strict salvage' -- "$cur")
		return ;;
	--from)
		mapfile -t COMPREPLY < <(compgen -W 'start end' -- "$cur")
		return ;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
		return ;;
	--progress)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return ;;
	-n | --size | -s | --bytes | -t | --delay | --idle | -j | --workers | --ch-len | -d | --delimiter | --max-record | --columns | --resp | --prefix | --separator | --suffix | --timeout | --kill-after | --drain | --attempts | --retry-delay | --retry-deadline | --exit | --probe | --outage-after | --split-hint | --split-max | --dead-letter-max | --wal-max | --rotate-wait | -b | --buffer | --channel)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '
		-n --size -s --bytes -t --delay --idle
		-j --workers --ch-len -0 --null -d --delimiter
		--skip-empty --max-record --input-format --header
		--route --format --columns --resp
		--frame --prefix --separator --suffix
		--compress --shell --timeout --kill-after
		--drain --output --attempts --retry-delay
		--retry-deadline --exit --preset --probe
		--outage-after --split --split-hint --split-max
		--on-failure --dead-letter --dead-letter-max --wal
		--wal-sync --wal-max --wal-fence --wal-recover
		--wal-reformat -f --follow --from --rotate-wait
		--final -c --config -b --buffer --channel
		--dry-run --explain --check --print-config
		--control --joblog --log-format --progress
		-v --verbose -q --quiet -h --help -V --version --' -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -F _abuf abuf
