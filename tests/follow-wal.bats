# Files that are followed under a journal, while others rename, cut and remove
# them, and abuf is killed: every line once.  follow-wal.bash says how.
#
# shellcheck disable=SC2016,SC2153

load helpers
load follow-wal

# line N ...: lines that are long enough to know a copy by
line() {
	printf '%0100d\n' "$@"
}

# --- renamed ---

@test "renamed while abuf runs: after a kill, the new file goes on" {
	follow log
	echo 1 >log
	got 1
	mv log log.1
	echo 2 >>log.1
	echo 3 >log
	got 1 2 3
	restart
	echo 4 >>log
	got 1 2 3 4
	ends 1 2 3 4
}

@test "renamed while abuf is down: the rest of the old file comes first" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	echo 2 >>log
	mv log log.1
	echo 3 >log
	again
	got 1 2 3
	ends 1 2 3
}

@test "renamed while abuf is down, and none made: it is waited for" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	mv log log.1
	again
	opens log.1
	echo 2 >>log.1
	got 1 2
	echo 3 >log
	got 1 2 3
	ends 1 2 3
}

@test "renamed twice while abuf is down: what it had, then what is there" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	echo 2 >>log
	mv log log.2
	echo between >log.1
	echo 3 >log
	again
	got 1 2 3
	ends 1 2 3
}

@test "renamed twice, and it grew between: each rest is read, oldest first" {
	follow log
	echo 1 >log
	got 1
	mv log log.1
	echo 2 >log
	got 1 2
	kill_abuf
	mv log.1 log.2
	mv log log.1
	echo 3 >>log.2
	echo 4 >>log.1
	echo 5 >log
	again
	got 1 2 3 4 5
	ends 1 2 3 4 5
}

@test "renamed in every pause, with lines before and after: all, in order" {
	follow log
	echo 0 >log
	got 0
	for i in 1 2 3 4 5; do
		kill_abuf
		echo "$((3 * i - 2))" >>log
		mv log "log.$i"
		echo "$((3 * i - 1))" >>"log.$i"
		echo "$((3 * i))" >log
		again
		got $(seq 0 $((3 * i)))
	done
	ends $(seq 0 15)
}

@test "killed as soon as it is renamed: nothing is lost" {
	follow log
	echo 0 >log
	got 0
	for i in 1 2 3 4 5; do
		echo "$((2 * i - 1))" >>log
		mv log "log.$i"
		restart
		opens "log.$i"
		echo "$((2 * i))" >log
		got $(seq 0 $((2 * i)))
	done
	ends $(seq 0 10)
}

@test "a late writer is heard by the next run, too" {
	FOLLOW=(--wal j -f --rotate-wait 1h)
	follow log
	echo 1 >log
	got 1
	exec 8>>log
	mv log log.1
	echo never >log
	echo 2 >&8
	got 1 2
	restart
	echo 3 >&8
	got 1 2 3
	exec 8>&-
	abuf_stop TERM
	lines_are 1 2 3
}

@test "a window of two files that was not closed comes again in order" {
	PACE=("${SLOW[@]}")
	follow log
	echo 1 >log
	has_taken 1
	mv log log.1
	echo 2 >log
	has_taken 2
	kill_abuf
	[ ! -e got ]
	PACE=(-t 0)
	again
	got 1 2
	ends 1 2
}

@test "... and if both were renamed meanwhile" {
	PACE=("${SLOW[@]}")
	follow log
	echo 1 >log
	has_taken 1
	mv log log.1
	echo 2 >log
	has_taken 2
	kill_abuf
	mv log.1 log.2
	mv log log.1
	echo 3 >log
	PACE=(-t 0)
	again
	got 1 2 3
	ends 1 2 3
}

@test "a batch that was not done is there after its file was renamed" {
	abuf_start "${FOLLOW[@]}" -t 0 log -- hold-until never
	echo 1 >log
	wait_for 10 test -e held.1
	kill_abuf
	mv log other
	echo 2 >log
	follow log
	got 1 2
	ends 1 2
}

@test "moved away and back: it goes on where it was" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	mv log other
	echo 2 >>other
	mv other log
	again
	got 1 2
	ends 1 2
}

@test "a file that another run has read under its new name is not read again" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	mv log log.1
	echo 2 >>log.1
	run_once log.1
	got 1 2
	echo 3 >log
	again
	got 1 2 3
	ends 1 2 3
}

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

# new_file LINE: another file at log, with the inode of the one that was there
new_file() {
	local inode i
	inode=$(stat -c %i log)
	rm log
	for ((i = 0; i < 50; i++)); do
		echo "$1" >"try.$i"
		[ "$(stat -c %i "try.$i")" != "$inode" ] || break
	done
	[ "$i" -lt 50 ] || skip "inodes are not used again here"
	mv "try.$i" log
	find . -name 'try.*' -delete
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

@test "... even if it begins with the same line" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	new_file 1
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
	[ "$(cat order | wc -l)" -eq 1 ]
}

# --- not there at first ---

@test "a file that appears while abuf is down" {
	follow log other
	echo 1 >other
	got 1
	kill_abuf
	echo 2 >log
	again
	got 1 2
	ends 1 2
}

@test "an empty file, that grows while abuf is down" {
	: >log
	follow log other
	echo 1 >other
	got 1
	kill_abuf
	echo 2 >>log
	again
	got 1 2
	ends 1 2
}

@test "an empty file that is renamed while abuf is down: from its start" {
	: >log
	follow log
	opens log
	kill_abuf
	mv log log.1
	echo 1 >log
	again
	got 1
	ends 1
}

# --- links ---

@test "a symbolic link: its file goes on after a kill" {
	echo 1 >a
	ln -s a log
	follow log
	got 1
	restart
	echo 2 >>a
	got 1 2
	ends 1 2
}

@test "a symbolic link that is turned while abuf runs, and back while not" {
	echo 1 >a
	echo 2 >b
	ln -s a log
	follow log
	got 1
	ln -sfn b log
	got 1 2
	kill_abuf
	echo 3 >>a
	ln -sfn a log
	again
	got 1 2 3
	ends 1 2 3
}

@test "a symbolic link that is turned while abuf is down: the rest, the new" {
	echo 1 >a
	echo 3 >b
	ln -s a log
	follow log
	got 1
	kill_abuf
	echo 2 >>a
	ln -sfn b log
	again
	got 1 2 3
	ends 1 2 3
}

@test "a link to a link to a file in another folder" {
	mkdir -p one two
	echo 1 >one/a
	ln -s one/a current
	ln -s current log
	follow log
	got 1
	kill_abuf
	echo 2 >>one/a
	again
	got 1 2
	ln -sfn two/b current
	echo 3 >two/b
	got 1 2 3
	ends 1 2 3
}

@test "two hard links are one file, whichever is named first" {
	echo 1 >a
	ln a b
	follow a b
	got 1
	kill_abuf
	echo 2 >>b
	FOLLOWED=(b a)
	again
	got 1 2
	restart
	echo 3 >>a
	got 1 2 3
	ends 1 2 3
}

@test "rotated by a hard link: the rest of the old file, then the new" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	ln log log.1
	rm log
	echo 2 >>log.1
	echo 3 >log
	again
	got 1 2 3
	ends 1 2 3
}
