# fish completion for abufctl.
# Made by "make completions": do not edit.

# Behind "--" stands a command, completed like any other.
function __abufctl_has_command
	contains -- -- (commandline -opc)
end

function __abufctl_complete_command
	set -l words (commandline -opc)
	set -l at (contains -i -- -- $words)
	set -e words[1..$at]
	set words (string escape -- $words) (commandline -ct)
	complete -C "$words"
end

complete -c abufctl -n __abufctl_has_command -f -a '(__abufctl_complete_command)'
complete -c abufctl -f
complete -c abufctl -n __fish_use_subcommand -a flush -d 'close the open windows of these buffers, or of all'
complete -c abufctl -n __fish_use_subcommand -a status -d 'print buffers, windows, queues, workers and totals'
complete -c abufctl -n __fish_use_subcommand -a dead -d 'look after what could not be delivered'
complete -c abufctl -n __fish_use_subcommand -a wal -d 'look at a journal, and repair it'
function __abufctl_wants_dead_verb
	__fish_seen_subcommand_from dead; and not __fish_seen_subcommand_from ls show replay drop
end
complete -c abufctl -n __abufctl_wants_dead_verb -a ls -d 'list them, oldest first'
complete -c abufctl -n __abufctl_wants_dead_verb -a show -d 'all that is known, and the first records'
complete -c abufctl -n __abufctl_wants_dead_verb -a replay -d 'run the command, or another, once more'
complete -c abufctl -n __abufctl_wants_dead_verb -a drop -d 'remove them'
function __abufctl_has_wal_verb
	__fish_seen_subcommand_from wal; and __fish_seen_subcommand_from check stat dump repair
end
function __abufctl_wants_wal_verb
	__fish_seen_subcommand_from wal; and not __abufctl_has_wal_verb
end
complete -c abufctl -n __abufctl_wants_wal_verb -a check -d 'is it whole, and what would a restart do?'
complete -c abufctl -n __abufctl_wants_wal_verb -a stat -d 'what is in it'
complete -c abufctl -n __abufctl_wants_wal_verb -a dump -d 'every frame of its log, a line each'
complete -c abufctl -n __abufctl_wants_wal_verb -a repair -d 'make a damaged one fit for a restart'
complete -c abufctl -n __abufctl_has_wal_verb -a '(__fish_complete_directories)'
complete -c abufctl -s s -l socket -r -F -d 'where abuf --control listens (default: $ABUF_CONTROL)'
complete -c abufctl -l timeout -x -d 'wait for the answer at most this long (5s)'
complete -c abufctl -n '__fish_seen_subcommand_from status ls dump stat' -l json -d 'as JSON, one object on a line'
complete -c abufctl -n '__fish_seen_subcommand_from dead' -l dir -x -a '(__fish_complete_directories)' -d 'where dead letters are (see abufctl(1))'
complete -c abufctl -n '__fish_seen_subcommand_from drop' -l all -d 'all dead letters'
complete -c abufctl -n '__fish_seen_subcommand_from repair' -l apply -d 'do it; else only say what'
complete -c abufctl -s h -l help -d 'show this help'
complete -c abufctl -s V -l version -d 'show the version'
