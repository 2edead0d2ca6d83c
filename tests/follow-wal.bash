# What the tests of files under a journal share: load follow-wal
#
# The journal is the folder j, the command is store-once.  So a batch that
# comes again, because a kill -9 came before its success was on record, counts
# once if it is the same; what comes under two ids counts twice.
#
#	follow ...    abuf -f ..., in the background
#	again         the same once more
#	restart       the same, after a kill -9
#	run_once ...  abuf ..., without -f, until it ends with 0
#	got LINE ...  polls until exactly these lines have come, in this order
#	gets LINE ... the same in any order
#	ends LINE ... TERM ends it with 0, these lines have come, in this order,
#	              and nothing is left for another run

# A test may have others.
FOLLOW=(--wal j -f --rotate-wait 50ms)
PACE=(-t 0)
COMMAND=(-- store-once)

follow() {
	FOLLOWED=("$@")
	again
}

again() {
	abuf_start "${FOLLOW[@]}" "${PACE[@]}" "${FOLLOWED[@]}" "${COMMAND[@]}"
}

restart() {
	kill_abuf
	again
}

run_once() {
	abuf --wal j "$@" "${COMMAND[@]}" </dev/null 2>>err
}

# What has come.
stored() {
	stored_by ''
}

# stored_by PLACE: what of it has gone to a place, such as BUFFER/CHANNEL
stored_by() {
	local id
	[ ! -s wrong ] || cat wrong
	[ ! -e order ] || awk '!seen[$0]++' order | grep -F -- "$1" |
		while read -r _ id; do
			[ ! -e "got/$id" ] || cat "got/$id"
		done
}

lines_are() {
	[ "$(stored)" = "$(printf '%s\n' "$@")" ]
}

lines_are_some() {
	[ "$(stored | LC_ALL=C sort)" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ]
}

got() {
	wait_for 10 lines_are "$@" || {
		stored
		return 1
	}
}

gets() {
	wait_for 10 lines_are_some "$@" || {
		stored
		return 1
	}
}

# What is in the file of a batch, on disk and in the journal, is done with.
# Nothing waits for an acknowledgement: what was read may be moved anywhere.
all_acknowledged() {
	abufctl wal stat --json j |
		holds_for '[.lanes[].batches] | add == 0' >/dev/null
}

is_at_rest() {
	[ -z "$(ls j/w)" ] && [ -z "$(ls j/dead)" ] &&
		abufctl wal check j >check.out
}

ends() {
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	run_once "${PACE[@]}" "${FOLLOWED[@]}"
	lines_are "$@" || {
		stored
		return 1
	}
	is_at_rest
}

# tick FILE: what is written from now on has a later time than that
tick() {
	wait_for 5 eval "touch now; [ now -nt $1 ]"
}

# away FILE NAME: renamed, and so long silent that no late writer is waited for
away() {
	mv "$1" "$2"
	touch -d '1 minute ago' "$2"
}

# line N ...: lines that are long enough to know a copy by
line() {
	printf '%0100d\n' "$@"
}

# has_taken N: the open window of this run has them, if it is SLOW
SLOW=(-t 1h --control s)

has_taken() {
	wait_for 10 status_is ".totals.records == $1"
}
