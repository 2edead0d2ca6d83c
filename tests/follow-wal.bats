# Files that are followed under a journal, while others rename them, and abuf is
# killed: every line once.  follow-wal.bash says how.
#
# What is not quoted is a list of lines.
# shellcheck disable=SC2046

load helpers
load follow-wal

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

@test "renamed twice while abuf is down: what it had, what came between, what is there" {
	follow log
	echo 1 >log
	got 1
	kill_abuf
	echo 2 >>log
	mv log log.2
	echo 3 >log.1
	echo 4 >log
	again
	got 1 2 3 4
	ends 1 2 3 4
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

@test "renamed while abuf is down, and the new one begins alike: each is whole" {
	follow log
	line 1 >log
	got $(line 1)
	kill_abuf
	line 2 >>log
	away log log.2
	line 1 3 >log
	touch -d '30 seconds ago' log
	mv log log.1
	line 1 4 >log
	again
	got $(line 1 2 1 3 1 4)
	ends $(line 1 2 1 3 1 4)
}

@test "the same without -f" {
	line 1 >log
	run_once log
	mv log log.1
	line 1 3 >log
	run_once log
	got $(line 1 1 3)
}

@test "begun, not delivered, and written to by a late writer: still the first" {
	abuf_start "${FOLLOW[@]}" "${SLOW[@]}" log "${COMMAND[@]}"
	echo a >log
	has_taken 1
	mv log log.1
	echo b >log
	has_taken 2
	kill_abuf
	touch -d '1 minute ago' log
	echo a2 >>log.1
	mv log.1 log.2
	mv log log.1
	echo c >log
	follow log
	got a a2 b c
	ends a a2 b c
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

@test "an empty file is remembered: what it gets is read under another name" {
	follow log
	: >log
	wait_for 10 eval 'abufctl wal stat j | grep -q /log'
	kill_abuf
	line 1 2 >log
	mv log log.1
	line 3 >log
	again
	got $(line 1 2 3)
	ends $(line 1 2 3)
}

@test "... also without -f" {
	: >log
	run_once log
	line 1 2 >log
	mv log log.1
	line 3 >log
	run_once log
	got $(line 1 2 3)
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
