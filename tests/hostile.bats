# Hostile commands: whatever they do, each record is delivered, kept, or named
# as lost.  What they deliver they append to the file delivered.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

DELAY=1ms..5ms

# endures OPTION ... -- COMMAND: runs abuf to its end: $STATUS, err, job.log
endures() {
	STATUS=0
	abuf --retry-delay "$DELAY" --joblog job.log "$@" 2>err || STATUS=$?
}

endures_start() {
	abuf_start --retry-delay "$DELAY" --joblog job.log "$@"
}

# reported WORDS: how many records were so ("set aside"), as abuf says
reported() {
	sed -nE "s/^abuf: .*: ([0-9]+) records? ($1|read.*: $1)(: .*)?$/\1/p" err |
		awk '{ n += $1 } END { print n + 0 }'
}

# lines_of FILE ...: all of them; none if there is none
lines_of() {
	cat "$@" 2>/dev/null || true
}

# accounted_for INPUT: each record of it was delivered or is kept, once, and
# what is kept was reported
accounted_for() {
	[ "$(lines_of "$DEAD"/*.batch | wc -l)" -eq "$(reported 'set aside')" ]
	[ "$(lines_of "$DEAD"/*.json | jq -s 'map(.records) | add // 0')" -eq \
		"$(reported 'set aside')" ]
	lines_of delivered "$DEAD"/*.batch | LC_ALL=C sort |
		cmp - <(LC_ALL=C sort "$1")
}

# by_chance INPUT: the same; and the exit status says whether anything is kept
by_chance() {
	accounted_for "$1"
	if [ "$(reported 'set aside')" -eq 0 ]; then
		[ "$STATUS" -eq 0 ]
	else
		[ "$STATUS" -eq 65 ]
	fi
}

# outcomes: "retry reject", each that occurs
outcomes() {
	joblog_column job.log outcome | sort -u | paste -sd ' '
}

all_gone() {
	local pid child
	while read -r pid child; do
		process_is_gone "$pid" || return 1
		process_is_gone "${child:-$pid}" || return 1
	done <"$1"
}

# forty: the usual input, in the file input
forty() {
	seq -f 'record %g' 40 >input
}

# --- it does not end well ---

@test "a command that always exits 1" {
	forty
	endures -n 10 --attempts 2 input -- sh -c 'exit 1'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(outcomes)" = retry ] && [ ! -e delivered ]
}

@test "a command that exits 75 for ever, until the input has ended" {
	forty
	endures -n 10 --retry-deadline 300ms input -- sh -c 'exit 75'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(outcomes)" = hold ]
}

# bats test_tags=threads
@test "a command that exits 75 for ever, until TERM" {
	forty
	endures_start -n 10 --drain 300ms -- sh -c 'exit 75'
	cat input >&9
	wait_for 10 grep -q ': exit status 75: held' err
	wait_for 10 all_read
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	accounted_for input
	grep -q '^abuf: stop: not drained after 300 ms' err
}

# bats test_tags=threads
@test "a command that sleeps for ever" {
	forty
	endures -n 20 -j 2 --timeout 200ms --attempts 2 input -- sleep 1000
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(joblog_column job.log signal | sort -u)" = 15 ]
}

# bats test_tags=threads
@test "a command that ignores TERM, and so does its child" {
	forty
	endures -n 40 --timeout 100ms --kill-after 100ms --attempts 1 input -- \
		ignore-term pids
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(joblog_column job.log signal)" = 9 ] && all_gone pids
}

# bats test_tags=threads
@test "a command that leaves a process behind that holds its stderr" {
	forty
	endures -n 10 -j 2 input -- leave-grandchild pids >delivered
	[ "$STATUS" -eq 0 ]
	accounted_for input
	run ! all_gone pids
	xargs kill <pids
}

# bats test_tags=threads
@test "a command that fails and leaves a process behind that holds its stderr" {
	forty
	endures -n 10 -j 2 --attempts 2 input -- \
		sh -c 'leave-grandchild pids >/dev/null; exit 1'
	[ "$STATUS" -eq 65 ] && accounted_for input && all_gone pids
}

# bats test_tags=threads
@test "a command that kills itself" {
	forty
	endures -n 10 --attempts 2 input -- sh -c 'kill -s KILL $$'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	rm -r "$DEAD"
	endures -n 10 --attempts 2 input -- sh -c 'ulimit -c 0; kill -s SEGV $$'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(joblog_column job.log signal | sort -u)" = $'11\n9' ]
}

@test "a command that kills its parent's other commands gets only its own share" {
	forty
	endures -n 10 --attempts 2 input -- sh -c 'kill -s KILL 0'
	[ "$STATUS" -eq 65 ] && accounted_for input
}

# bats test_tags=threads
@test "a command that fails at random, four at a time" {
	seq 400 >input
	endures -n 5 -j 4 --attempts 2 --retry-deadline 10s input -- \
		fail-at-random delivered
	by_chance input
}

# bats test_tags=threads
@test "a command that fails at random, under --split and a narrow --split-max" {
	seq 400 >input
	endures -n 20 -j 4 --split --split-max 10 --attempts 3 \
		--retry-deadline 10s input -- fail-at-random delivered
	by_chance input
}

# bats test_tags=threads
@test "a command that rejects at random, with --split" {
	seq 200 >input
	endures -n 50 -j 2 --split --split-max 1000 input -- \
		reject-at-random delivered
	by_chance input
	[ "$(joblog_column job.log batch_id | sort | uniq -d)" = "" ] ||
		grep -q ': so did the batches before it: ' err
}

@test "a command that fails at random, and what fails is dropped" {
	seq 400 >input
	endures --on-failure drop -n 5 --attempts 2 --retry-deadline 10s input -- \
		fail-at-random delivered
	[ "$STATUS" -eq $(($(reported dropped) > 0)) ]
	[ ! -e "$DEAD" ]
	[ $(($(wc -l <delivered) + $(reported dropped))) -eq 400 ]
	sort -n delivered | uniq -d | cmp - /dev/null
}

# --- it abuses what it gets ---

@test "megabytes of nonsense on ABUF_REJECT_FD" {
	forty
	endures -n 20 input -- sh -c 'yes | head -c 30000000 >&3; exit 65'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(grep -c ': what the command wrote to ABUF_REJECT_FD is no list' err)" -eq 2 ]
}

@test "megabytes of a list that repeats itself" {
	forty
	endures input -- sh -c '[ "$ABUF_BATCH_RECORDS" -eq 40 ] || exec cat >>delivered
		yes "7
		9 why" | tr -d "\t" | head -n 2000000 >&3; exit 65'
	[ "$STATUS" -eq 65 ]
	accounted_for input
	[ "$(cat "$DEAD"/*.batch)" = $'record 7\nrecord 9' ]
}

@test "a list that is one byte too long is not believed" {
	forty
	endures input -- sh -c '[ "$ABUF_BATCH_RECORDS" -eq 40 ] ||
		exec cat >>delivered; yes 7 | head -c 16777216 >&3; exit 65'
	accounted_for input && [ "$(cat "$DEAD"/*.batch)" = "record 7" ]
	rm -r "$DEAD" delivered
	endures input -- sh -c 'yes 7 | head -c 16777218 >&3; exit 65'
	accounted_for input && cmp input "$DEAD"/*.batch
}

# changes_input SCRIPT: the command changes its input, a file on disk, and fails
changes_input() {
	forty
	rm -rf "$DEAD" job.log
	endures -s 0 --attempts 3 --retry-deadline 1s --split input -- \
		sh -c "chmod u+w /dev/stdin; $1"
	[ "$STATUS" -eq 65 ]
	[ "$(joblog_column job.log attempt)" = 1 ]
	grep -q ': a command has changed the input: ' err
}

@test "a command that overwrites its input: it is kept, not handed over again" {
	changes_input 'printf X 1<>/dev/stdin; exit 1'
	lines_of "$DEAD"/*.batch | cmp - <(sed 1s/r/X/ input)
	changes_input 'printf X 1<>/dev/stdin; exit 65'
	lines_of "$DEAD"/*.batch | cmp - <(sed 1s/r/X/ input)
}

@test "a command that adds to its input: the batch is kept without that" {
	changes_input 'echo more >>/dev/stdin; exit 75'
	accounted_for input
}

@test "a command that cuts its input short: what is left is kept" {
	changes_input 'truncate -s 9 /dev/stdin; exit 1'
	[ "$(cat "$DEAD"/*.batch)" = "record 1" ]
	changes_input 'truncate -s 9 /dev/stdin; exit 65'
	[ "$(cat "$DEAD"/*.batch)" = "record 1" ]
	changes_input 'truncate -s 0 /dev/stdin; exit 65'
	[ "$(lines_of "$DEAD"/*.batch | wc -c)" -eq 0 ]
	holds_for '.records == 0' "$DEAD"/*.json
}

@test "a command that cuts its input short in its last attempt: the rest is kept" {
	forty
	endures -s 0 --attempts 1 --retry-deadline 1s input -- \
		sh -c 'chmod u+w /dev/stdin; truncate -s 9 /dev/stdin; exit 1'
	[ "$STATUS" -eq 65 ] && [ "$(cat "$DEAD"/*.batch)" = "record 1" ]
}

# bats test_tags=threads
@test "a process left behind that cuts the batch short while it is taken apart" {
	forty
	endures -s 0 --retry-deadline 1s --split input -- sh -c '
		case $ABUF_BATCH_ID in
		*.1.1.*) ;;
		*.1.1) exec 4<&0; setsid sh -c ": >away; until [ -e go ]; do sleep 0.02; done
			chmod u+w /dev/fd/4; truncate -s 201 /dev/fd/4; : >cut" &
			until [ -e away ]; do sleep 0.02; done; exit 65 ;;
		esac
		cat >>delivered; : >go; until [ -e cut ]; do sleep 0.02; done'
	[ "$STATUS" -eq 65 ]
	[ "$(wc -l <delivered)" -eq 20 ]
	[ "$(cat "$DEAD"/*.batch)" = "record 21" ]
	grep -q ': a command has changed the input: 20 records set aside: ' err
}

# bats test_tags=threads
@test "a process left behind that overwrites the batch while it is taken apart" {
	forty
	endures -s 0 --retry-deadline 1s --split input -- sh -c '
		case $ABUF_BATCH_ID in
		*.1.1.*) ;;
		*.1.1) exec 4<&0; setsid sh -c ": >away; until [ -e go ]; do sleep 0.02; done
			chmod u+w /dev/fd/4
			printf X | dd of=/dev/fd/4 bs=1 seek=191 conv=notrunc; : >cut" &
			until [ -e away ]; do sleep 0.02; done; exit 65 ;;
		esac
		cat >>delivered; : >go; until [ -e cut ]; do sleep 0.02; done'
	[ "$STATUS" -eq 65 ]
	cmp delivered <(head -n 20 input)
	cmp "$DEAD"/*.batch <(sed 1,20d input | sed 1s/^./X/)
	grep -q ': a command has changed the input: 20 records set aside: ' err
}

# bats test_tags=threads
@test "a command that takes the directory for dead letters away" {
	forty
	endures -n 10 input -- sh -c 'rm -rf "$0"; exit 65' "$DEAD"
	# What was kept before is gone with it; the last batch is there.
	[ "$STATUS" -eq 65 ]
	[ "$(reported 'set aside')" -eq 40 ]
	[ "$(cat "$DEAD"/*.batch)" = "$(tail -n 10 input)" ]
	[ "$(stat -c %a "$DEAD")" = 700 ]
}

# --- a disk that is full ---

# on_small_disk SCRIPT: runs it with 64 KiB of disk, and nothing else, in ./disk
on_small_disk() {
	local root=()
	mkdir disk
	[ "$(id -u)" -eq 0 ] || root=(-Ur)
	unshare "${root[@]}" -m mount -t tmpfs none disk 2>/dev/null ||
		skip "no right to mount a small disk"
	DEAD=$PWD/kept
	unshare "${root[@]}" -m bash -c \
		"mount -t tmpfs -o size=64k none disk; $1; cp -r disk/dead kept" 3>&-
}

@test "a command that fills the disk: what cannot be kept is lost, 74, and named" {
	forty
	on_small_disk 'timeout -k 5 60 "$BUILD/abuf" -n 10 --dead-letter disk/dead \
		--retry-delay 1ms..5ms --retry-deadline 300ms input -- \
		sh -c "[ \$ABUF_BATCH_SEQ = 1 ] || cat /dev/zero >disk/full; exit 65" \
		2>err; echo $? >status' || true
	[ "$(cat status)" -eq 74 ]
	[ "$(lines_of "$DEAD"/*.batch | wc -l)" -eq "$(reported 'set aside')" ]
	[ $(($(reported 'set aside') + $(reported lost))) -eq 40 ]
	[ "$(cat "$DEAD"/*.1.1.batch)" = "$(head -n 10 input)" ]
	[ "$(find "$DEAD" -mindepth 1 -not -name '[0-9a-f]*')" = "" ]
}

# bats test_tags=threads
@test "a disk that is full for a while: nothing is lost" {
	forty
	on_small_disk 'timeout -k 5 60 "$BUILD/abuf" -n 10 --dead-letter disk/dead \
		--retry-delay 1ms..5ms --outage-after 0 input -- \
		sh -c "[ \$ABUF_BATCH_SEQ != 2 ] || cat /dev/zero >disk/full; exit 65" \
		2>err & abuf=$!
		until grep -q "cannot be set aside: .*: No space left" err; do
			sleep 0.02; done
		rm disk/full; wait $abuf; echo $? >status'
	[ "$(cat status)" -eq 65 ] && accounted_for input
}

# --- two signals ---

# dies_twice: two INTs, and all is kept
dies_twice() {
	kill -s INT "$ABUF_PID"
	wait_for 10 grep -q '^abuf: stop: delivering ' err
	kill -s INT "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 130 ] && accounted_for input
}

# start_with_signals OPTION ... -- COMMAND: as a job of bash has INT ignored
start_with_signals() {
	[ -p in ] || mkfifo in
	exec 9<>in
	env --default-signal=INT "$BUILD/abuf" --retry-delay "$DELAY" \
		--joblog job.log "$@" <in >out 2>err 3>&- 9>&- &
	ABUF_PID=$!
	forty
	cat input >&9
	wait_for 10 all_read
}

# bats test_tags=threads
@test "a second INT while a batch is held: all is kept" {
	DELAY=1h..1h
	start_with_signals -n 10 --ch-len 10 -- sh -c 'exit 75'
	wait_for 10 grep -q ': exit status 75: held' err
	dies_twice
}

# bats test_tags=threads
@test "a second INT in the middle of a split: delivered and kept, nothing twice" {
	start_with_signals -n 40 --split -- sh -c '[ "$ABUF_BATCH_RECORDS" -lt 40 ] ||
		exit 65; grep -qx "record 21" /dev/stdin || exec cat >>delivered
		: >reached; sleep 1000'
	wait_for 10 test -e reached
	dies_twice
	[ "$(wc -l <delivered)" -eq 20 ]
	[ "$(outcomes)" = "ok reject stopped" ]
}

# bats test_tags=threads
@test "a second INT while a retry waits: all is kept" {
	DELAY=1h..1h
	start_with_signals -n 10 --ch-len 10 -- sh -c 'exit 1'
	wait_for 10 grep -q ': exit status 1: next try' err
	dies_twice
}

# bats test_tags=threads
@test "a second INT while the probe runs: all is kept" {
	start_with_signals -n 10 --probe ': >asked; sleep 1000' -- sh -c 'exit 75'
	wait_for 10 test -e asked
	dies_twice
}

# bats test_tags=threads
@test "a second INT while the directory is full: lost, and it is named" {
	start_with_signals -n 10 --dead-letter-max 1 -- sh -c 'exit 65'
	wait_for 10 grep -q ': cannot be set aside: .*: held, next try' err
	kill -s INT "$ABUF_PID"
	wait_for 10 grep -q '^abuf: stop: delivering ' err
	kill -s INT "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 130 ] && [ "$(reported lost)" -eq 40 ]
}

# bats test_tags=threads
@test "room that was made while it waited is used at a second INT" {
	mkdir -p "$DEAD"
	head -c 10240 /dev/zero >"$DEAD/old"
	DELAY=1h..1h
	start_with_signals -n 10 --dead-letter-max 10K -- sh -c 'exit 65'
	wait_for 10 grep -q ': cannot be set aside: .*: held, next try' err
	rm "$DEAD/old"
	dies_twice
}

# bats test_tags=threads
@test "room that was made while it waited is used when --drain is over" {
	mkdir -p "$DEAD"
	head -c 10240 /dev/zero >"$DEAD/old"
	DELAY=1h..1h
	start_with_signals -n 10 --drain 100ms --dead-letter-max 10K -- \
		sh -c 'exit 65'
	wait_for 10 grep -q ': cannot be set aside: .*: held, next try' err
	rm "$DEAD/old"
	abuf_stop TERM
	[ "$STATUS" -eq 65 ] && accounted_for input
}
