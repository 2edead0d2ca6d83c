# Signals: stop, drain, flush, status.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

status_has() {
	timeout -k 2 20 "$BUILD/abufctl" -s s status --json 2>/dev/null |
		grep -qF -- "$1"
}

# hold LINE ...: put records into the open window, and wait till they are there
hold() {
	printf '%s\n' "$@" >&9
	wait_for 10 status_has "\"window\":{\"records\":$#,"
}

# start_open OPTION ...: with a window that closes only on request
start_open() {
	abuf_start --control s -t 1h --joblog job.log "$@" -- cat
}

# start_stuck OPTION ...: one batch runs for good, one is queued, one parked,
# and one record has to wait in the source
start_stuck() {
	mkfifo in
	exec 9<>in
	tell-end pid end "$BUILD/abuf" --control s --joblog job.log -n 1 \
		--ch-len 1 "$@" -- ignore-term pids <in >out 2>err 3>&- 9>&- &
	printf 'one\ntwo\nthree\nfour\n' >&9
	wait_for 10 test -s pids
	wait_for 10 status_has '"parked":1,"queue":{"batches":1,"records":1}'
	ABUF_PID=$(cat pid)
}

# signal_stuck SIGNAL: the first stop
signal_stuck() {
	kill -s "$1" "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering 3 records; signal again to set them aside' err
}

# Each record that start_stuck cannot deliver is accounted for.
everything_is_reported() {
	grep -v '^abuf: stop:' err | sed -E "s/[0-9a-f]{16}/RUN/g; s:$DEAD:DEAD:" |
		sort >said
	diff said - <<SAID
abuf: batch: RUN.1.1: attempt 1: killed by the stop: stopped:\
 1 record set aside: DEAD/RUN.1.1.batch
abuf: batch: RUN.1.2: stopped: 1 record set aside: DEAD/RUN.1.2.batch
abuf: batch: RUN.1.3: stopped: 1 record set aside: DEAD/RUN.1.3.batch
abuf: stdin: stopped: 1 record read and in no window yet:\
 set aside: DEAD/RUN.1.0.1.batch
SAID
	[ "$(cat "$DEAD"/*.batch | sort | tr '\n' ' ')" = "four one three two " ]
}

no_children() {
	[ -z "$(ps -o pid= --ppid "$ABUF_PID")" ]
}

session_is_gone() {
	# shellcheck disable=SC2009  # pgrep does not tell states
	! ps -o stat= -s "$1" | grep -qv '^Z'
}

# delivers_on SIGNAL: what is open goes out with reason stop, exit 0
delivers_on() {
	start_open
	hold one two
	abuf_stop "$1"
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = $'one\ntwo' ]
	[ "$(joblog_column job.log reason)" = stop ]
	[ "$(cat err)" = "abuf: stop: delivering 2 records; signal again to set them aside" ]
}

# dies_on_second SIGNAL NUMBER: with nothing left behind, all reported
dies_on_second() {
	start_stuck
	signal_stuck "$1"
	kill -s "$1" "$ABUF_PID"
	wait_for 30 test -s end
	[ "$(cat end)" = "signal $2" ]
	everything_is_reported
	read -r leader child <pids
	process_is_gone "$leader"
	process_is_gone "$child"
}

# bats test_tags=threads
@test "TERM: what is open is delivered with reason stop, exit 0" {
	delivers_on TERM
}

# bats test_tags=threads
@test "INT: what is open is delivered with reason stop, exit 0" {
	delivers_on INT
}

# bats test_tags=threads
@test "HUP: what is open is delivered with reason stop, exit 0" {
	delivers_on HUP
}

# bats test_tags=threads
@test "a stop with nothing to deliver says nothing, exit 0" {
	start_open
	wait_for 10 status_has '"parked":0'
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	[ ! -s out ] && [ ! -s err ]
}

# bats test_tags=threads
@test "a stop waits for a command that runs" {
	mkfifo gate
	abuf_start -n 1 -- sh -c 'echo begun; cat; cat gate'
	echo one >&9
	wait_for 10 grep -qx begun out
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering 1 record; signal again' err
	echo ended >gate
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = $'begun\none\nended' ]
}

# bats test_tags=threads
@test "HUP means nothing if it was ignored at start, as under nohup" {
	trap '' HUP
	start_open
	hold one
	kill -s HUP "$ABUF_PID"
	printf 'two\n' >&9
	wait_for 10 status_has '"window":{"records":2,'
	abuf_end
	wait_abuf
	[ "$(cat out)" = $'one\ntwo' ]
	[ "$(joblog_column job.log reason)" = eof ]
}

# bats test_tags=threads
@test "USR1 hands on what is open; the run goes on" {
	start_open
	hold one two
	kill -s USR1 "$ABUF_PID"
	wait_for 10 has_lines out 2
	hold three
	abuf_end
	wait_abuf
	[ "$(cat out)" = $'one\ntwo\nthree' ]
	[ "$(joblog_column job.log reason)" = $'flush\neof' ]
}

# bats test_tags=threads
@test "USR1 with nothing open starts no command" {
	start_open
	wait_for 10 status_has '"parked":0'
	kill -s USR1 "$ABUF_PID"
	kill -s USR2 "$ABUF_PID"
	wait_for 10 grep -q 'status: 0 records' err
	hold one
	abuf_end
	wait_abuf
	[ "$(joblog_column job.log reason)" = eof ]
}

# bats test_tags=threads
@test "USR2 writes one line about the run to stderr, with -q, too" {
	start_open -q
	hold one two
	kill -s USR2 "$ABUF_PID"
	wait_for 10 has_lines err 1
	[ "$(sed -E 's/oldest [0-9a-z]+/oldest AGE/' err)" = "abuf: status:\
 2 records, 8 bytes, 0 batches, 0 failed, 0 records delivered, 0 set aside,\
 0 dropped, 0 refused, 2 open (oldest AGE), 0 queued, 0 parked,\
 0 of 1 worker busy, 0 held, 0 attempts" ]
	abuf_stop TERM
	[ "$STATUS" -eq 0 ] && [ "$(wc -l <err)" -eq 1 ]
}

# bats test_tags=threads
@test "when --drain is over: TERM, then KILL, all is kept, exit 65" {
	start_stuck --drain 200ms --kill-after 100ms
	signal_stuck TERM
	wait_for 30 test -s end
	[ "$(cat end)" = "status 65" ]
	grep -qx "abuf: stop: not drained after 200 ms: ending the commands" err
	everything_is_reported
	[ "$(joblog_column job.log signal)" = 9 ]
	read -r leader child <pids
	process_is_gone "$leader" && process_is_gone "$child"
}

# bats test_tags=threads
@test "when --drain is over a command may clean up, but its batch is kept" {
	abuf_start -n 1 --drain 100ms --kill-after 1h -- bash -c '
		trap "echo cleaned; exit 0" TERM; echo ready; while :; do :; done'
	echo one >&9
	wait_for 10 grep -qx ready out
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	[ "$(cat out)" = $'ready\ncleaned' ]
	[ "$(cat "$DEAD"/*.batch)" = one ]
	grep -q ': attempt 1: killed by the stop: stopped: 1 record set aside' err
}

# bats test_tags=threads
@test "a second TERM kills the commands, keeps all, and abuf dies of it" {
	dies_on_second TERM 15
}

# bats test_tags=threads
@test "a second INT kills the commands, keeps all, and abuf dies of it" {
	dies_on_second INT 2
}

# bats test_tags=threads
@test "no zombie stays while abuf runs" {
	abuf_start -n 1 -j 2 -- sh -c 'sh -c "sleep 0 & :"; cat'
	printf '%s\n' 1 2 3 4 5 6 7 8 >&9
	wait_for 10 has_lines out 8
	wait_for 10 no_children
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
}

# bats test_tags=threads
@test "after a forced stop no member of a pipeline is left" {
	abuf_start -n 1 --drain 0 -- sh -c 'echo $$ >pid; sleep 60 | sleep 60'
	echo one >&9
	wait_for 10 test -s pid
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	session_is_gone "$(cat pid)"
}
