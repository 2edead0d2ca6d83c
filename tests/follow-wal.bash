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

follow() {
	FOLLOWED=("$@")
	again
}

again() {
	abuf_start "${FOLLOW[@]}" "${PACE[@]}" "${FOLLOWED[@]}" -- store-once
}

restart() {
	kill_abuf
	again
}

run_once() {
	abuf --wal j "$@" -- store-once </dev/null 2>>err
}

# stored [TEXT]: what has come, of lines of the file order that have this text
stored() {
	local id
	[ ! -s wrong ] || cat wrong
	[ ! -e order ] || awk '!seen[$0]++' order | grep -F -- "${1:-}" |
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
is_at_rest() {
	[ -z "$(ls j/w)" ] && [ -z "$(ls j/dead)" ] &&
		abufctl wal check j >check.out
}

ends() {
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	run_once "${FOLLOWED[@]}"
	lines_are "$@" || {
		stored
		return 1
	}
	is_at_rest
}

# has_taken N: the open window of this run has them, if it is SLOW
SLOW=(-t 1h --control s)

has_taken() {
	wait_for 10 status_is ".totals.records == $1"
}
