# Windows: when they close, why, and who gets them.
#
# The $ in '...' are for sh and awk; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# What --dry-run says, without the names: seq, reason, records, bytes.
dry() {
	abuf --dry-run "$@" >lines && cut -f 3- lines | tr '\t' ' '
}

# The reasons that the command was told; the joblog must tell the same.
reasons() {
	joblog_column log reason | cmp - out >&2 && tr '\n' ' ' <out
}

tell_reason() {
	abuf --joblog log "$@" -- sh -c 'echo "$ABUF_BATCH_REASON"' >out
}

tell_reason_start() {
	abuf_start --joblog log "$@" -- sh -c 'echo "$ABUF_BATCH_REASON"'
}

# Everything written through fd 9 has been read.
all_read() {
	[ "$(unread-bytes <&9)" -eq 0 ]
}

send() {
	printf '%s\n' "$@" >&9
	wait_for 10 all_read
}

# A record that tells when it was written.
send_time() {
	echo "$EPOCHREALTIME" >&9
}

status_has() {
	abufctl -s s status --json | grep -qF -- "$1"
}

# --- size and bytes ---

@test "-n 1: each record is a window" {
	seq 3 >input
	run -0 dry -n 1 input
	[ "$output" = "1 size 1 2
2 size 1 2
3 size 1 2" ]
}

@test "-n 2: two by two, the odd one at the end" {
	seq 5 >input
	run -0 dry -n 2 input
	[ "$output" = "1 size 2 4
2 size 2 4
3 eof 1 2" ]
}

@test "-n one below, at and above the number of records" {
	seq 5 >input
	run -0 dry -n 4 input
	[ "$output" = "1 size 4 8
2 eof 1 2" ]
	run -0 dry -n 5 input
	[ "$output" = "1 size 5 10" ]
	run -0 dry -n 6 input
	[ "$output" = "1 eof 5 10" ]
}

@test "without options a window takes 1000 records" {
	seq 100000 101999 >input
	run -0 dry input
	[ "$output" = "1 size 1000 7000
2 size 1000 7000" ]
}

@test "-n counts across the pieces in which records come" {
	run -0 dry -n 2 < <(printf 1; printf '\n2\n'; printf '3\n4')
	[ "$output" = "1 size 2 4
2 size 2 4" ]
}

@test "-s one below a record, at it and above: each goes alone" {
	printf 'abc\nabc\n' >input
	for size in 1 3 4 5 7; do
		run -0 dry -s "$size" input
		[ "${lines[0]}" = "1 bytes 1 4" ]
		[ "${lines[1]%% 1 4}" = "2 $([ "$size" -le 4 ] &&
			echo bytes || echo eof)" ]
	done
}

@test "-s at the exact size of a window closes it; a byte less takes one out" {
	printf 'abc\nabc\nabc\n' >input
	run -0 dry -s 11 input
	[ "$output" = "1 bytes 2 8
2 eof 1 4" ]
	run -0 dry -s 12 input
	[ "$output" = "1 bytes 3 12" ]
	run -0 dry -s 13 input
	[ "$output" = "1 eof 3 12" ]
}

@test "-s: a record larger than the limit goes alone, between the others" {
	printf 'a\nbbbbbbbb\nc\n' >input
	run -0 dry -s 4 input
	[ "$output" = "1 bytes 1 2
2 bytes 1 9
3 eof 1 2" ]
}

@test "-s counts the newline that a last record lacks" {
	printf 'abc\nabc' >input
	run -0 dry -s 8 input
	[ "$output" = "1 bytes 2 8" ]
}

@test "-s 0: bytes are no limit" {
	head -c 3000000 /dev/zero | tr '\0' '\n' >input
	run -0 dry -s 0 -n 100000000 -t 1h input
	[ "$output" = "1 eof 3000000 3000000" ]
}

@test "without options a window takes 1 MiB" {
	yes 1234567 | head -c 3M >input
	run -0 dry -n 1000000 input
	[ "$output" = "1 bytes 131072 1048576
2 bytes 131072 1048576
3 bytes 131072 1048576" ]
}

@test "size wins over bytes when one record reaches both" {
	printf 'abc\nabc\nabc\n' >input
	run -0 dry -n 2 -s 8 input
	[ "$output" = "1 size 2 8
2 eof 1 4" ]
}

@test "no window passes its limits, unless by one record alone" {
	seed=${SEED:-$RANDOM$RANDOM}
	echo "seed $seed"
	random-bytes "$seed" 1000000 input >/dev/null
	dry -n 20 -s 1000 input >windows
	run -0 awk '$3 > 20 || ($4 > 1000 && $3 > 1)' windows
	[ "$output" = "" ]
	run -0 awk '{ records += $3; bytes += $4 }
		END { print records, bytes }' windows
	[ "$output" = "$(($(wc -l <input) + 1)) 1000001" ]
}

# --- reasons ---

@test "reasons size and eof, to the command and in the joblog" {
	tell_reason -n 2 < <(seq 3)
	[ "$(reasons)" = "size eof " ]
}

@test "reason bytes" {
	tell_reason -s 4 < <(seq 5)
	[ "$(reasons)" = "bytes bytes eof " ]
}

# bats test_tags=threads
@test "reason delay" {
	tell_reason_start -t 10ms
	send 1
	wait_for 10 has_lines out 1
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(reasons)" = "delay " ]
}

# bats test_tags=threads
@test "reason idle" {
	tell_reason_start -t 1h --idle 10ms
	send 1
	wait_for 10 has_lines out 1
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(reasons)" = "idle " ]
}

# bats test_tags=threads
@test "reason flush, after USR1" {
	tell_reason_start -t 1h
	send 1 2
	kill -s USR1 "$ABUF_PID"
	wait_for 10 has_lines out 1
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(reasons)" = "flush " ]
	[ "$(joblog_column log records)" = 2 ]
}

# bats test_tags=threads
@test "reason stop, after TERM" {
	tell_reason_start -t 1h
	send 1
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	[ "$(reasons)" = "stop " ]
}

# bats test_tags=threads
@test "USR1 without a record makes no batch" {
	tell_reason_start -t 1h
	send 1
	kill -s USR1 "$ABUF_PID"
	wait_for 10 has_lines out 1
	kill -s USR1 "$ABUF_PID"
	abuf_end
	wait_abuf
	[ "$(reasons)" = "flush " ]
}

# --- time ---

# bats test_tags=threads
@test "a window closes by delay not before its time" {
	abuf_start --joblog log -t 50ms -- tell-times
	for i in 1 2 3 4 5; do
		send_time
		wait_for 10 has_lines out "$i"
	done
	abuf_end
	wait_abuf
	[ "$(joblog_column log reason | sort | uniq -c | xargs)" = "5 delay" ]
	run -0 awk '$3 - $1 < 0.050' out
	[ "$output" = "" ]
}

# Another record, until the first batch is out.
send_until_batch() {
	send_time
	[ -s out ]
}

# bats test_tags=threads
@test "the delay counts from the first record: more records do not move it" {
	abuf_start --joblog log -t 300ms -- tell-times
	wait_for 30 send_until_batch
	abuf_end
	wait_abuf
	[ "$(joblog_column log reason | head -n 1)" = delay ]
	read -r first _ now <out
	run -0 awk "BEGIN { print ($now - $first >= 0.300) }"
	[ "$output" = 1 ]
}

# bats test_tags=threads
@test "--idle counts from the last record" {
	abuf_start --joblog log -t 1h --idle 50ms -- tell-times
	for _ in 1 2 3; do
		send_time
		send_time
		wait_for 10 all_read
	done
	wait_for 10 test -s out
	abuf_end
	wait_abuf
	paste -d ' ' out <(joblog_column log reason) >ends
	run -0 awk '$4 == "idle" && $3 - $2 < 0.050' ends
	[ "$output" = "" ]
}

@test "the end of the input does not wait for a long delay" {
	seq 3 >input
	run -0 dry -t 1h -n 2 input
	[ "$output" = "1 size 2 4
2 eof 1 2" ]
	tell_reason -t 1h < <(seq 3)
	[ "$(reasons)" = "eof " ]
}

# bats test_tags=threads
@test "a stop does not wait for a long delay" {
	abuf_start -t 1h --idle 1h -- cat
	send 1 2
	abuf_stop INT
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = "1
2" ]
}

# bats test_tags=threads
@test "-t 0: a window closes as soon as nothing more is ready" {
	tell_reason_start -t 0
	for i in 1 2 3; do
		send "$i"
		wait_for 10 has_lines out "$i"
	done
	abuf_end
	wait_abuf
	[ "$(reasons)" = "idle idle idle " ]
}

@test "-t 0: what is ready goes together" {
	seq 5 >input
	run -0 dry -t 0 -n 3 input
	[ "$output" = "1 size 3 6
2 eof 2 4" ]
}

# --- due and full windows without a free worker ---

passed_ms() {
	[ $((${EPOCHREALTIME/[.,]/} / 1000 - $1)) -ge "$2" ]
}

# bats test_tags=threads
@test "a due window gathers on while the worker is busy, and goes as one" {
	abuf_start --joblog log -t 10ms -- hold-until go cat
	send 1
	wait_for 10 test -e held.1
	for i in 2 3 4; do
		send "$i"
		wait_for 10 passed_ms $((${EPOCHREALTIME/[.,]/} / 1000)) 20
	done
	touch go
	abuf_end
	wait_abuf
	[ "$(joblog_column log records | xargs)" = "1 3" ]
	[ "$(joblog_column log reason | xargs)" = "delay delay" ]
}

# bats test_tags=threads
@test "an asked window gathers on, too, and keeps its reason" {
	abuf_start --joblog log -n 3 -t 1h -- hold-until go cat
	send 1 2 3 4
	kill -s USR1 "$ABUF_PID"
	wait_for 10 test -e held.1
	send 5
	touch go
	wait_for 10 has_lines out 5
	abuf_end
	wait_abuf
	[ "$(joblog_column log records | xargs)" = "3 2" ]
	[ "$(joblog_column log reason | xargs)" = "size flush" ]
}

# bats test_tags=threads
@test "--ch-len 0: one closed window waits at the loop, and no other" {
	abuf_start --control s -n 2 -t 1h -- hold-until go cat
	send 1 2 3 4 5 6 7 8 9
	wait_for 10 status_has '"parked":1,"queue":{"batches":0,"records":0}'
	status_has '"window":{"records":0,'
	status_has '"totals":{"records":4,'
	touch go
	abuf_end
	wait_abuf
	[ "$(cat out)" = "$(seq 9)" ]
}

# bats test_tags=threads
@test "--ch-len N: windows wait while fewer than N records do" {
	abuf_start --control s -n 2 -t 1h --ch-len 3 -- hold-until go cat
	send 1 2 3 4 5 6 7 8 9 10 11 12
	wait_for 10 status_has '"parked":1,"queue":{"batches":2,"records":4}'
	status_has '"totals":{"records":8,'
	touch go
	abuf_end
	wait_abuf
	[ "$(cat out)" = "$(seq 12)" ]
}

offset() {
	sed -n 's/^pos:[^0-9]*//p' "/proc/$1/fdinfo/0"
}

# The producer has got no further for 10 looks in a row.
is_stalled() {
	local now
	now=$(offset "$1")
	[ "$now" = "$before" ] && looks=$((looks + 1)) || looks=0
	before=$now
	[ "$looks" -ge 10 ] && [ "$now" -gt 0 ]
}

# bats test_tags=threads
@test "a command that hangs stops the producer; then everything arrives" {
	yes abcdefg | head -c 64M >big
	abuf_start -n 100000000 -- hold-until go cat
	cat <big >in 3>&- 9>&- &
	wait_for 10 test -e held.1
	before=none looks=0
	wait_for 20 is_stalled $!
	[ "$before" -lt $((6 << 20)) ]
	touch go
	wait $!
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cmp big out
}

# --- workers ---

# bats test_tags=threads
@test "one worker keeps the order, whatever may wait for it" {
	seq 100 >input
	for length in 0 1 1000; do
		abuf -n 1 --ch-len "$length" -- cat <input >out
		cmp input out
	done
}

# bats test_tags=threads
@test "one worker runs one command at a time" {
	seq 20 >input
	run -0 abuf -n 1 --ch-len 100 input -- tell-crowd crowd
	[ "$(sort -u <<<"$output")" = 1 ]
	[ "${#lines[@]}" -eq 20 ]
}

# bats test_tags=threads
@test "-j 4 runs four commands at once" {
	mkdir met
	seq 4 >input
	run -0 abuf -n 1 -j 4 input -- meet 4 met
}

# bats test_tags=threads
@test "-j 4 never runs five" {
	seq 60 >input
	run -0 abuf -n 1 -j 4 --ch-len 100 input -- tell-crowd crowd
	[ "${#lines[@]}" -eq 60 ]
	[ "$(sort -n <<<"$output" | tail -n 1)" -le 4 ]
}

# bats test_tags=threads
@test "-j 4 delivers each record once" {
	seq 10000 >input
	abuf -n 37 -j 4 --ch-len 500 input -- save-batch
	cat batch.* | cmp - input
	run -0 ls
	[ "$(grep -c '^batch' <<<"$output")" -eq 271 ]
}

# --- what a command is told ---

@test "the command is told its batch, and nothing else of abuf" {
	seq 3 >input
	ABUF_ATTEMPT=99 ABUF_BATCH_BYTES=99 run -0 abuf -b logs --channel two \
		-n 3 input -- record-env
	[ "${output/ID=[0-9a-f]*.1.1/ID=RUN.1.1}" = "ABUF_ATTEMPT=1
ABUF_BATCH_BYTES=6
ABUF_BATCH_ID=RUN.1.1
ABUF_BATCH_REASON=size
ABUF_BATCH_RECORDS=3
ABUF_BATCH_SEQ=1
ABUF_BUFFER=logs
ABUF_CHANNEL=two
ABUF_REDELIVERY=
ABUF_REJECT_FD=3" ]
}

@test "the rest of the environment is the user's" {
	FLAVOUR='salt & pepper' run -0 abuf -- printenv FLAVOUR < <(echo 1)
	[ "$output" = "salt & pepper" ]
}

@test "an inherited batch id is replaced: abuf may run abuf" {
	seq 2 >input
	run -0 abuf -n 2 input -- "$BUILD/abuf" -n 1 -- printenv ABUF_BATCH_ID
	[ "${lines[0]%.1.1}" = "${lines[1]%.1.2}" ]
	ABUF_BATCH_ID=evil run -0 abuf input -- printenv ABUF_BATCH_ID
	[[ $output =~ ^[0-9a-f]{16}\.1\.1$ ]]
}

@test "ids are RUN.LANE.SEQ: one run, one lane, seq from 1" {
	seq 12 >input
	run -0 abuf -n 1 --joblog log input -- printenv ABUF_BATCH_ID
	joblog_column log batch_id | cmp - <(echo "$output")
	[[ $output =~ ^([0-9a-f]{16})\.1\.1$'\n' ]]
	run=${BASH_REMATCH[1]}
	[ "$output" = "$(seq -f "$run.1.%g" 12)" ]
}

@test "no two runs have the same id" {
	echo 1 >input
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		abuf input -- printenv ABUF_BATCH_ID >>ids
	done
	[ "$(sort -u ids | wc -l)" -eq 10 ]
}

@test "with four workers, too, each seq is given once" {
	seq 50 >input
	abuf -n 1 -j 4 input -- printenv ABUF_BATCH_SEQ >seqs
	sort -n seqs | cmp - input
}

# --- dry run ---

@test "--dry-run prints buffer, channel, seq, reason, records and bytes" {
	printf 'aaa\nb\nc\n' >input
	run -0 abuf --dry-run -b logs --channel two -n 2 input
	[ "$output" = "logs	two	1	size	2	6
logs	two	2	eof	1	2" ]
}

@test "--dry-run runs nothing, writes no joblog, and needs no command" {
	seq 3 >input
	run -0 abuf --dry-run --joblog log input -- sh -c 'touch ran'
	[ "$output" = "default	default	1	eof	3	6" ]
	[ ! -e ran ]
	[ ! -e log ]
}

@test "--dry-run cuts the same batches as a run" {
	seed=${SEED:-$RANDOM$RANDOM}
	echo "seed $seed"
	random-bytes "$seed" 200000 input >/dev/null
	abuf -n 30 -s 5000 --joblog log input -- true
	paste -d ' ' <(joblog_column log records) \
		<(joblog_column log bytes) >run
	dry -n 30 -s 5000 input | cut -d ' ' -f 3- | cmp - run
}
