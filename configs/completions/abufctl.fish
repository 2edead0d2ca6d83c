# fish completion for abufctl.
# Made by "make completions": do not edit.

complete -c abufctl -f
complete -c abufctl -n __fish_use_subcommand -a flush -d 'close the open windows of these buffers, or of all'
complete -c abufctl -n __fish_use_subcommand -a status -d 'print buffers, windows, queues, workers and totals'
complete -c abufctl -s s -l socket -r -F -d 'where abuf --control listens (default: $ABUF_CONTROL)'
complete -c abufctl -l timeout -x -d 'wait for the answer at most this long (5s)'
complete -c abufctl -n '__fish_seen_subcommand_from status' -l json -d 'as one JSON object'
complete -c abufctl -s h -l help -d 'show this help'
complete -c abufctl -s V -l version -d 'show the version'
