# Files that are followed under a journal, while others cut, copy and delete
# them, and abuf is killed: every line once.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; $STATUS is wait_abuf's.
# shellcheck disable=SC2046,SC2153

load helpers
load follow-wal

# --- cut ---

@test "copied and truncated while abuf runs: after a kill it goes on" {
	follow log
	line 1 >log
	got $(line 1)
	cp log log.1
	: >log
	echo 2 >>log
	got $(line 1) 2
	restart
	echo 3 >>log
	got $(line 1) 2 3
	ends $(line 1) 2 3
}

@test "copied and truncated while abuf is down: the rest is in the copy" {
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 2 >>log
	cp log log.1
	echo 3 >log
	again
	got $(line 1 2) 3
	ends $(line 1 2) 3
}

@test "the same, and killed before the copy was delivered" {
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 2 3 >>log
	cp log log.1
	echo 4 >log
	abuf_start "${FOLLOW[@]}" -n 1 -t 0 log -- hold-until never
	wait_for 10 test -e held.2
	kill_abuf
	again
	got $(line 1 2 3) 4
	ends $(line 1 2 3) 4
}

@test "a window that was open as its file was cut: its lines are in the copy" {
	abuf_start "${FOLLOW[@]}" -n 2 "${SLOW[@]}" log -- hold-until never
	line 1 >log
	has_taken 1
	cp log log.1
	echo 2 >log
	wait_for 10 test -e held.1
	kill_abuf
	follow log
	got $(line 1) 2
	ends $(line 1) 2
}

# in_journal N: so many batches wait in it
in_journal() {
	abufctl wal stat --json j 2>/dev/null |
		holds_for ".lanes[0].batches >= $1" >/dev/null
}

has_stored() {
	[ "$(stored | wc -l)" -ge "$1" ]
}

@test "cut while reading waits for a sink, which takes some, and killed: it is in the copy" {
	COMMAND=(-- sh -c '[ ! -e down ] || exit 75; exec store-once')
	PACE=(-n 1 -t 0 --retry-delay 20ms..20ms)
	touch down
	line {1..2000} >log
	follow log
	wait_for 20 in_journal 256
	cp log log.1
	line 2001 >log
	rm down
	wait_for 20 has_stored 20
	touch down
	kill_abuf
	rm down
	PACE=(-n 100 -t 0)
	again
	got $(line {1..2001})
	ends $(line {1..2001})
}

@test "what the command makes of the log, beside it, is no copy" {
	COMMAND=(-- sh -c 'tee -a copy.log | store-once')
	follow app.log
	line 1 2 >app.log
	got $(line 1 2)
	kill_abuf
	: >app.log
	line 3 >app.log
	again
	got $(line 1 2) $(line 3)
	restart
	line 4 >>app.log
	got $(line 1 2 3 4)
	ends $(line 1 2 3 4)
}

# older_copy: a copy in log.1 that begins like the file that was cut, and longer
older_copy() {
	follow log
	line 1 7 8 9 >log
	got $(line 1 7 8 9)
	cp log log.1
	touch -d '1 minute ago' log.1
	: >log
	line 1 >>log
	got $(line 1 7 8 9 1)
}

@test "copied anew beside an older copy that begins alike: the newer one has the rest" {
	older_copy
	kill_abuf
	line 2 >>log
	mv log.1 log.2
	cp log log.1
	line 5 >log
	again
	got $(line 1 7 8 9 1 2 5)
	ends $(line 1 7 8 9 1 2 5)
}

@test "... also while abuf runs" {
	older_copy
	kill -STOP "$ABUF_PID"
	line 2 >>log
	mv log.1 log.2
	cp log log.1
	line 5 >log
	kill -CONT "$ABUF_PID"
	got $(line 1 7 8 9 1 2 5)
	ends $(line 1 7 8 9 1 2 5)
}

@test "killed between the rest in a copy and the new file: both come again" {
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 2 >>log
	cp log log.1
	echo 3 >log
	PACE=("${SLOW[@]}")
	again
	has_taken 2
	kill_abuf
	PACE=(-t 0)
	again
	got $(line 1 2) 3
	ends $(line 1 2) 3
}

@test "copied and truncated in every pause: all, in order" {
	follow log
	line 0 >log
	got $(line 0)
	for i in 1 2 3 4; do
		kill_abuf
		line "$((2 * i - 1))" >>log
		cp log "log.$i"
		line "$((2 * i))" >log
		again
		got $(line $(seq 0 $((2 * i))))
	done
	ends $(line $(seq 0 8))
}

@test "copied and cut twice in a pause, renamed, killed in between: all, in order" {
	FOLLOW=(--wal j -f --rotate-wait 1h) # no file behind a copy is read yet
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 2 >>log
	cp log log.2
	tick log.2
	line 3 >log
	cp log log.1
	tick log.1
	line 4 >log
	mv log log-20261127
	line 5 >log
	again
	got $(line 1 2 3)
	FOLLOW=(--wal j -f --rotate-wait 50ms)
	restart
	got $(line 1 2 3 4 5)
	ends $(line 1 2 3 4 5)
}

@test "copied and truncated behind half a line: it is whole" {
	follow log
	line 1 >log
	printf ha >>log
	got $(line 1)
	kill_abuf
	echo lf >>log
	cp log log.1
	: >log
	again
	got $(line 1) half
	echo 2 >>log
	got $(line 1) half 2
	ends $(line 1) half 2
}

@test "truncated, and killed before anything is written" {
	follow log
	echo 1 >log
	got 1
	: >log
	wait_for 10 grep -q 'log: it was cut' err
	restart
	echo 2 >>log
	got 1 2
	ends 1 2
}

@test "truncated while abuf is down, and nothing written before it is up" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	: >log
	again
	wait_for 10 grep -q 'log: it was cut' err
	echo 2 >>log
	got 1 2
	restart
	echo 3 >>log
	got 1 2 3
	ends 1 2 3
}

@test "truncated and written to the same length: read anew" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	echo 2 >log
	again
	got 1 2
	restart
	echo 3 >log
	got 1 2 3
	ends 1 2 3
}

@test "truncated and written past where it was: read anew" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	seq 2 9 >log
	again
	got $(seq 9)
	restart
	seq 10 99 >log
	got $(seq 99)
	ends $(seq 99)
}

@test "truncated and begun with the same lines: what follows is not skipped" {
	line 1 1 1 >log
	follow log
	got $(line 1 1 1)
	kill_abuf
	line 1 1 2 3 >log
	again
	got $(line 1 1 1 1 1 2 3)
	ends $(line 1 1 1 1 1 2 3)
}

@test "truncated with its copy compressed: the loss is told, and it goes on" {
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 0 >>log
	gzip -c log >log.1.gz
	echo 2 >log
	again
	got $(line 1) 2
	grep -q 'log: it was cut' err
	ends $(line 1) 2
}

# --- deleted ---

# new_file LINE: another file at log, with the inode of the one that was there.
# Whether a freed inode is used again at once is up to others: this one is not
# freed, which nobody sees who only looks at what is there.
new_file() {
	mv log other
	echo "$1" >other
	mv other log
}

@test "another file with the same inode is another file" {
	follow log
	echo one >log
	got one
	for name in two three a-longer-one four; do
		kill_abuf
		new_file "$name"
		again
		wait_for 10 stored_has "$name"
	done
	ends one two three a-longer-one four
}

stored_has() {
	[ "$(stored | tail -n 1)" = "$1" ]
}

# A file was read and is gone, and log is a new one with its inode; false: that
# inode went to somebody else.
used_again() {
	local inode i
	rm -rf j got order log
	follow log
	echo 1 >log
	got 1
	kill_abuf
	inode=$(stat -c %i log)
	rm log
	for ((i = 0; i < 50; i++)); do
		echo 1 >"try.$i"
		[ "$(stat -c %i "try.$i")" != "$inode" ] || mv "try.$i" log
		[ ! -e log ] || break
	done
	find . -name 'try.*' -delete
	[ -e log ]
}

@test "... even if it begins with the same line" {
	wait_for 60 used_again
	echo 2 >>log
	again
	got 1 1 2
	ends 1 1 2
}

@test "... and while abuf runs" {
	follow log
	echo 1 >log
	got 1
	restart
	opens log
	rm log
	echo 2 >log
	got 1 2
	restart
	echo 3 >>log
	got 1 2 3
	ends 1 2 3
}

@test "deleted while abuf is down, and made anew" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	rm log
	echo 2 >other
	mv other log
	again
	got 1 2
	ends 1 2
}

@test "deleted while abuf is down: another is waited for" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	rm log
	again
	wait_for 10 grep -q 'not there any more' err
	echo 2 >log
	got 1 2
	restart
	echo 3 >>log
	got 1 2 3
	ends 1 2 3
}

@test "deleted before its batch was done: told as lost, and the next goes on" {
	abuf_start "${FOLLOW[@]}" -t 0 log -- hold-until never
	echo 1 >log
	wait_for 10 test -e held.1
	kill_abuf
	rm log
	follow log
	echo 2 >log
	got 2
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	[ "$(wc -l <order)" -eq 1 ]
}
