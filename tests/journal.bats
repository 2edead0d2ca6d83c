# The journal (--wal): what was read is delivered, whatever becomes of abuf.
#
# The $ in '...' are for sh; STATUS and DEAD are the helpers'.
# shellcheck disable=SC2016,SC2153

load helpers

# A command that tells what it got: "ID REDELIVERY ATTEMPT: RECORDS".
TELL='printf "%s %s %s:" "${ABUF_BATCH_ID#*.}" "$ABUF_REDELIVERY" "$ABUF_ATTEMPT"
	tr "\n" " "; echo'

tell() {
	abuf --wal j "$@" -- sh -c "$TELL"
}

# What a sink that is down leaves in the journal j.
leave() {
	run -75 abuf --wal j --retry-deadline 200ms "$@" -- sh -c 'exit 75'
}

# dump_has EXPRESSION: the log has a frame that is like this
dump_has() {
	abufctl wal dump j | grep -q "$1"
}

# The window that is open, or what is inside frames, has these bytes.
journal_has() {
	grep -rqF -- "$1" j/w j/log-*
}

@test "without a journal nothing is made, and nothing of it is said" {
	run -0 abuf -n 2 -- sh -c 'env | grep ^ABUF_ACKED_BELOW || true' < <(seq 2)
	[ -z "$output" ]
	[ "$(ls)" = state ]
}

@test "with one the same is delivered, and nothing is left in it" {
	run -0 tell -n 2 < <(seq 3)
	[ "$output" = $'1.1  1:1 2 \n1.2  1:3 ' ]
	[ -z "$(ls j/w)" ]
	run -0 tell </dev/null
	[ -z "$output" ]
}

@test "ids go on where the last run ended, and RUN stays" {
	run -0 abuf --wal j -n 1 -- sh -c 'echo "$ABUF_BATCH_ID"' <<<a
	first=$output
	run -0 abuf --wal j -n 1 -- sh -c 'echo "$ABUF_BATCH_ID"' <<<b
	[ "$output" = "${first%.*}.2" ]
}

# bats test_tags=threads
@test "what a sink that is down left is done by the next run, and said so" {
	leave -n 2 < <(seq 4)
	[[ $output == *"left in the journal"* ]]
	run -0 --separate-stderr tell </dev/null
	[[ ${lines[0]} == '1.1 1 '*':1 2 ' ]]
	[[ ${lines[1]} == '1.2 1 '*':3 4 ' ]]
	[[ $stderr == *"2 batches (4 records)"* ]]
}

@test "after kill -9 a batch comes again with the same id and bytes" {
	abuf_start --wal j -n 2 -- sh -c 'echo begun >>seen; sleep 100'
	seq 2 >&9
	wait_for 10 test -s seen
	kill_abuf
	run -0 --separate-stderr tell </dev/null
	[ "$output" = '1.1 1 2:1 2 ' ]
}

@test "after kill -9 the records of an open window are there, and it goes on" {
	abuf_start --wal j -n 3 -t 1h -- cat
	seq 2 >&9
	wait_for 10 journal_has $'1\n2'
	kill_abuf
	run -0 --separate-stderr tell -n 3 <<<3
	[ "$output" = '1.1  1:1 2 3 ' ]
}

# bats test_tags=threads
@test "records that are larger than a frame takes are files, and come again" {
	seq 100000 >numbers
	abuf_start --wal j -n 50000 -- sh -c 'echo begun >>seen; sleep 100'
	cat numbers >&9
	wait_for 10 test -s seen
	kill_abuf
	[ -n "$(ls j/w)" ]
	run -0 abuf --wal j -q -- sh -c 'cat >>got' </dev/null
	cmp numbers got
	[ -z "$(ls j/w)" ]
}

# bats test_tags=threads
@test "of a batch that was split, what is done is not run again" {
	abuf_start --wal j -n 4 --split -- sh -c '
		data=$(cat); [ "$ABUF_BATCH_RECORDS" -lt 4 ] || exit 65
		echo $data >>got; [ "$ABUF_BATCH_ID" = "${ABUF_BATCH_ID%.2}" ] ||
		sleep 100'
	seq 4 >&9
	wait_for 10 grep -q '3 4' got
	kill_abuf
	run -0 --separate-stderr tell </dev/null
	[ "$output" = '1.1.2 1 2:3 4 ' ]
}

# bats test_tags=threads
@test "every channel of a fan-out has its own acknowledgement" {
	cat >all.json <<'JSON'
{"async_buffer": {"b": {"dispatch": "all", "buffer_win_size": 2, "chs": {
	"good": {"batch_do": {"command": ["sh", "-c", "cat >>good"]}},
	"bad": {"batch_do": {"command": ["sh", "-c", "test -e up && cat >>bad || exit 75"],
		"retry": {"deadline_ms": 200}}}}}}}
JSON
	run -75 abuf -c all.json -b b --wal j < <(seq 2)
	touch up
	run -0 abuf -c all.json -b b --wal j </dev/null
	[ "$(cat good)" = $'1\n2' ]
	[ "$(cat bad)" = $'1\n2' ]
}

# shared DISPATCH CHANNEL ...: the one buffer's; each is in the file of its name
shared() {
	printf '{"async_buffer": {"b": {"dispatch": "%s", "delay_do_ms": 3600000,
		"batch_do": {"command": "cat >>$ABUF_CHANNEL"}, "chs": {%s}}}}' \
		"$1" "$(printf '"%s": {}\n' "${@:2}" | paste -sd ,)" >c.json
}

# leave_shared CHANNEL ...: killed, while the window of all these is open
leave_shared() {
	shared all "$@"
	abuf_start -c c.json -b b --wal j
	printf '%s\n' first second >&9
	wait_for 10 journal_has second
	kill_abuf
}

# bats test_tags=threads
@test "the open window of a fan-out is not given to fewer: 78 says who would lack" {
	leave_shared a y z
	shared all a y
	run -78 abuf -c c.json -b b --wal j </dev/null
	[[ $output == *"window w/"*" are for b/z, too"* ]]
	shared round_robin a y z
	run -78 abuf -c c.json -b b --wal j </dev/null
	shared all a y z more
	run -0 abuf -c c.json -b b --wal j </dev/null
	printf '%s\n' first second | tee new | cmp - a
	cmp new y && cmp new z && cmp new more
}

# bats test_tags=threads
@test "... but on demand, and then it is said who goes without" {
	leave_shared a z
	shared all a
	run -0 abuf -c c.json -b b --wal j --wal-reformat </dev/null
	[[ $output == *" are for b/z, too, "*": it goes without"* ]]
	[ "$(cat a)" = $'first\nsecond' ] && [ ! -e z ]
}

# bats test_tags=threads
@test "a window that went on is for those that there were then" {
	leave_shared a
	shared all a z
	abuf_start -c c.json -b b --wal j
	echo third >&9
	wait_for 10 journal_has third
	kill_abuf
	shared all a
	run -78 abuf -c c.json -b b --wal j </dev/null
	[[ $output == *" are for b/z, too"* ]]
}

# shaped FORMAT FORMAT STATUS: two channels whose sink exits so; out is theirs
shaped() {
	cat >all.json <<JSON
{"async_buffer": {"b": {"dispatch": "all", "batch_do": {"retry": {
	"deadline_ms": 200}, "command": "cat >>\$ABUF_CHANNEL; exit $3"},
	"chs": {"a": {"format_input": {"format": "$1"}},
	"z": {"format_input": {"format": "$2"}}}}}}
JSON
	run "-$3" abuf -c all.json -b b --wal j
}

# bats test_tags=threads
@test "channels of a fan-out with formats of their own: unchanged, it comes again" {
	shaped raw copy 75 <<<'a\b'
	rm a z
	shaped raw copy 0 </dev/null
	[ "$(cat a)" = 'a\b' ]
	[ "$(cat z)" = 'a\\b' ]
}

# bats test_tags=threads
@test "a change of any of them is seen: 78 says whose batch would be others" {
	shaped raw copy 75 <<<'a\b'
	shaped raw raw 78 </dev/null
	[[ $output == *"batches of b/z that have been tried would be other bytes"* ]]
	shaped copy copy 78 </dev/null
	[[ $output == *"batches of b/a that have been tried would be other bytes"* ]]
}

# bats test_tags=threads
@test "TERM ends it; a second one leaves the rest in the journal" {
	abuf_start --wal j -n 1 -- sh -c 'echo begun >>seen; sleep 100'
	seq 3 >&9
	wait_for 10 test -s seen
	kill -TERM "$ABUF_PID"
	wait_for 10 grep -q 'signal again to leave' err
	kill -TERM "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 143 ]
	run -0 --separate-stderr tell </dev/null
	[[ ${lines[0]} == '1.1 1 '*':1 ' ]]
	[ "${#lines[@]}" -eq 3 ]
}

@test "however much is left, it is told in one line, and why in another" {
	leave -n 1 < <(seq 500)
	[ "$(grep -c 'left in the journal: held for too long' <<<"$output")" -eq 1 ]
	[[ ${lines[-1]} == "abuf: journal: j: 500 records of default/default \
left for the next run: 500 batches from "*.1.1" on" ]]
	leave -v </dev/null
	[ "$(grep -c 'left in the journal: an earlier one is left' <<<"$output")" -eq 499 ]
}

# bats test_tags=threads
@test "a second TERM leaves there what was read ahead, too" {
	abuf_start --wal j -n 1 -- sh -c 'echo begun >>seen; sleep 100'
	seq 10000 >&9
	wait_for 10 test -s seen
	wait_for 10 all_read
	kill -TERM "$ABUF_PID"
	wait_for 10 grep -q 'signal again to leave' err
	abuf_stop TERM
	[ "$STATUS" -eq 143 ]
	run -0 --separate-stderr abuf --wal j -n 10000 -- cat </dev/null
	[ "$output" = "$(seq 10000)" ]
}

@test "a journal that is in use is refused with 75, and by whom is said" {
	abuf_start --wal j -- cat
	wait_for 10 test -e j/LOCK
	wait_for 10 grep -q pid j/LOCK
	run -75 abuf --wal j -- cat <<<a
	[[ $output == *"in use by process $ABUF_PID"* ]]
	abuf_end
	wait_abuf
}

@test "a channel that records wait for must be there: 78, and nothing is run" {
	leave -b other < <(seq 2)
	run -78 abuf --wal j -- touch ran <<<a
	[[ $output == *": 2 records wait for other/default, which is not in the configuration \
(--buffer, "*"): run as before, with </dev/null in place of files, until they are delivered" ]]
	[ ! -e ran ]
}

# Two buffers, of which b has a sink that is down while there is a file `down`.
two_buffers() {
	printf '%s' '{"async_buffer": {
	    "a": {"batch_do": {"command": "cat >>a"}},
	    "b": {"buffer_win_size": 2, "delay_do_ms": 3600000,
		"batch_do": {"retry": {"deadline_ms": 200},
		    "command": "[ ! -e down ] || exit 75; cat >>b"}}}}' >c.json
}

# bats test_tags=threads
@test "what waits for a channel is delivered by a run that reaches another one" {
	two_buffers
	touch down
	seq 4 >input
	run -75 abuf --wal j -c c.json -b b input
	rm down
	run -0 abuf --wal j -c c.json -b a input
	cmp b input
	[ ! -s a ]
	abufctl wal check j | grep -q 'to do again: 0 batches'
}

@test "... and so is the open window of such a channel" {
	two_buffers
	abuf_start --wal j -c c.json -b b
	printf '%s\n' {1..5} >&9
	wait_for 10 eval 'abufctl wal stat j | grep -q "open window"'
	wait_for 10 eval 'seq 4 | cmp -s - b'
	wait_for 10 journal_has 5
	kill_abuf
	run -0 abuf --wal j -c c.json -b a </dev/null
	seq 5 | cmp - b
}

@test "its command must be there, too: 127, and nothing is read" {
	two_buffers
	touch down
	run -75 abuf --wal j -c c.json -b b <<<1
	printf '%s' '{"async_buffer": {"a": {"batch_do": {"command": "cat"}},
	    "b": {"batch_do": {"command": ["./nowhere"]}}}}' >c.json
	run -127 abuf --wal j -c c.json -b a <<<2
	[[ $output == *nowhere* ]]
}

@test "a batch that was tried is not given other bytes: 78, but on demand" {
	leave <<<'a\b'
	run -78 abuf --wal j --format copy -- touch ran </dev/null
	[[ $output == *"would be other bytes now ("*"): run as before, with </dev/null in place of files, "* ]]
	[ ! -e ran ]
	run -0 --separate-stderr abuf --wal j --format copy --wal-reformat -- cat \
		</dev/null
	[ "$output" = 'a\\b' ]
}

@test "nor is it cut into other records, on no demand: 78, and nothing is run" {
	leave <<<'{"a":1}'
	run -78 abuf --wal j -0 --format json --wal-reformat -- touch ran <<<b
	[[ $output == *"a batch of default/default: its records ended otherwise ("* ]]
	[ ! -e ran ]
	run -0 abuf --wal j -q -- cat </dev/null
	[ "$output" = '{"a":1}' ]
}

@test "... which the first refusal names, and no way that would not do" {
	leave <<<'a;b'
	run -78 abuf --wal j -d ';' -- touch ran </dev/null
	[[ $output == *": its records ended otherwise (--input-format, -0, --delimiter): "* ]]
	[[ $output != *--wal-reformat* ]]
	[ ! -e ran ]
}

@test "... which may be seen only when it is to be run: then it is left, with 78" {
	leave -n 2 <<<$'a\nb\n"c\nd"'
	run -78 --separate-stderr abuf --wal j --input-format csv --wal-reformat -- cat \
		</dev/null
	[ "$output" = $'a\nb' ]
	[[ $stderr == *".1.2: left in the journal: its records ended otherwise ("* ]]
	run -0 abuf --wal j -q -- cat </dev/null
	[ "$output" = $'"c\nd"' ]
}

# leave_open OPTION ...: killed, while the window of `first` and `second` is open
leave_open() {
	abuf_start --wal j -t 1h "$@" -- cat
	printf '%s\n' first second >&9
	wait_for 10 journal_has second
	kill_abuf
}

# bats test_tags=threads
@test "a header stays one: without --header its open window is refused, 78" {
	leave_open --header 1
	run -78 abuf --wal j --wal-reformat -- touch ran </dev/null
	[[ $output == *"are behind a header line, and now none is expected (--header): run as before"* ]]
	[ ! -e ran ]
	run -0 --separate-stderr abuf --wal j --header 1 -- \
		sh -c 'echo "$ABUF_BATCH_RECORDS"; cat' </dev/null
	[ "$output" = $'1\nfirst\nsecond' ]
}

# bats test_tags=threads
@test "... and a record does not become one" {
	leave_open
	run -78 abuf --wal j --header 1 -- touch ran </dev/null
	[[ $output == *"are behind no header line, and now one is expected (--header): run as before"* ]]
	[ ! -e ran ]
	run -0 abuf --wal j -q -- cat </dev/null
	[ "$output" = $'first\nsecond' ]
}

# bats test_tags=threads
@test "records of an open window that ended otherwise: 78 names the options" {
	abuf_start --wal j -t 1h -- cat
	echo first >&9
	wait_for 10 dump_has 'OPEN default/default .*records=1'
	kill_abuf
	run -78 abuf --wal j -0 -- touch ran </dev/null
	[[ $output == *"ended otherwise (--input-format, -0, --delimiter): run as before"* ]]
	[ ! -e ran ]
}

@test "dead letters go to the journal's folder, and are found there" {
	run -65 abuf --wal j -n 2 -- sh -c 'exit 65' < <(seq 2)
	ls j/dead/*.batch
	run -0 abufctl dead ls --dir j
	[[ $output == *.1.1* ]]
}

@test "... or to another one: then it is said that the journal has none" {
	run -65 abuf --wal j --dead-letter other -- sh -c 'exit 65' <<<a
	run -0 --separate-stderr abufctl dead ls --dir j
	[ -z "$output" ]
	[[ $stderr == "abufctl: dead: j: this journal has no dead letters of its own: "* ]]
	run -0 --separate-stderr abufctl dead ls --dir other
	[[ $output == *.1.1* ]] && [ -z "$stderr" ]
}

@test "ABUF_ACKED_BELOW says what a ledger may forget" {
	run -0 abuf --wal j -n 1 -- sh -c 'echo "$ABUF_BATCH_SEQ $ABUF_ACKED_BELOW"' \
		< <(seq 3)
	run -0 abuf --wal j -n 1 -- sh -c 'echo "$ABUF_BATCH_SEQ $ABUF_ACKED_BELOW"' \
		<<<4
	[ "$output" = '4 4' ]
}

@test "a batch during which abuf died 20 times is set aside" {
	local i
	leave -n 1 <<<poison
	for ((i = 0; i < 20; i++)); do
		"$BUILD/abuf" --wal j -q -- sh -c 'kill -9 $PPID' </dev/null \
			3>&- 2>/dev/null || true
	done
	run -65 abuf --wal j -- cat </dev/null
	[[ $output == *"ended 20 times"* ]]
	[ "$(cat j/dead/*.batch)" = poison ]
}

@test "... and so is a part of one" {
	local i
	for i in {1..20}; do
		"$BUILD/abuf" -q --wal j -n 2 --split -- sh -c 'n=$(wc -l)
			[ "$n" -lt 2 ] || exit 65
			kill -9 $PPID' < <([ "$i" -gt 1 ] || seq 2) \
			3>&- 2>/dev/null || true
	done
	run -65 abuf --wal j -- touch ran </dev/null
	[ ! -e ran ]
	[[ $output == *"ended 20 times"* ]]
}

@test "the file of a batch is gone: it is damage, 74, and the batch stays" {
	leave -n 20000 < <(seq 20000)
	rm j/w/*
	run -74 abuf --wal j -- touch ran </dev/null
	run -74 abuf --wal j -- touch ran </dev/null
	[[ $output == *"the window's file"*"is gone"* ]]
	run -65 abuf --wal j --wal-recover salvage -- touch ran </dev/null
	[ ! -e ran ]
	run -0 abuf --wal j -- touch ran </dev/null
}

@test "an open window is synced in time, however busy its neighbours are" {
	printf '%s' '{"route": {"tagged": true}, "async_buffer": {
	    "slow": {"buffer_win_size": 1000, "delay_do_ms": 3600000,
		"batch_do": {"command": "cat >/dev/null"}},
	    "busy": {"buffer_win_size": 1,
		"batch_do": {"command": "cat >/dev/null"}}}}' >c.json
	LD_PRELOAD=$BUILD/shim.so SHIM_FOLDER=$PWD/j SHIM_SYNC_MS=60 \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		abuf_start --wal j -c c.json
	while sleep 0.002; do printf 'busy\t1\n'; done >&9 3>&- &
	wait_for 10 dump_has 'ACK busy/default seq=9 '
	printf 'slow\t1\n' >&9
	wait_for 10 dump_has 'OPEN slow/default .*records=1'
	kill "$!"
	kill_abuf
}

@test "status tells what waits, for how long, and what is durably acknowledged" {
	local lane='.buffers[0].channels[0].journal'
	abuf_start --wal j -n 2 -t 1h --control s -- sh -c 'cat
		while [ ! -e go ]; do sleep 0.01; done'
	printf '%s\n' {1..7} >&9
	wait_for 10 status_is \
		"$lane | [.batches, .records, .bytes, .acked_below] == [2, 4, 8, 1]"
	wait_for 10 status_is "$lane.age_ms > 0"
	"$BUILD/abufctl" -s s status | grep -q '2 batches (4 records, 8 bytes)'
	touch go
	wait_for 10 status_is "$lane | [.batches, .age_ms, .acked_below] == [0, 0, 4]"
	kill_abuf
	run -0 --separate-stderr abuf --wal j -- sh -c \
		'echo "$ABUF_ACKED_BELOW $ABUF_REDELIVERY"' </dev/null
	[ "$output" = '4 ' ]
}

@test "status tells how far each file is durably in the journal" {
	seq 3 >'a "log"'
	abuf_start --wal j -f --control s -n 3 -t 1h 'a "log"' -- cat
	wait_for 10 status_is '.files == [{path: "'"$PWD"'/a \"log\"",
		durable_position: 6}]'
	"$BUILD/abufctl" -s s status |
		grep -qF 'a \"log\"": durable up to byte 6'
	seq 5 >>'a "log"'
	wait_for 10 status_is '.files[0].durable_position == 12'
	wait_for 10 status_is '.buffers[0].channels[0].window.records == 2'
	status_is '.files[0].durable_position == 12'
	kill_abuf
}

# time_to_disk POLICY: for five records, one after the other, in microseconds
time_to_disk() {
	local began=${EPOCHREALTIME/./} i
	abuf_start --wal j -t 1h --wal-sync "$1" -- cat
	for i in {1..5}; do
		echo "$i" >&9
		wait_for 10 dump_has "OPEN .*records=$i"
	done
	kill_abuf
	rm -r j
	echo $((${EPOCHREALTIME/./} - began))
}

@test "--wal-sync always: an open window is on the disk at once, not after a while" {
	[ $((2 * $(time_to_disk always))) -lt "$(time_to_disk batch)" ]
}

# syncs RECORDS: how many there are under --wal-sync none
syncs() {
	rm -rf j log
	seq "$1" | LD_PRELOAD=$BUILD/shim.so SHIM_FOLDER=$PWD/j SHIM_LOG=log \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$BUILD/abuf" --wal j --wal-sync none -n 1 -- true
	grep -c ' sync ' log
}

@test "--wal-sync none: as many syncs for 100 batches as for 5" {
	[ "$(syncs 100)" -eq "$(syncs 5)" ]
}

@test "a command that outlives a killed run is ended before its batch comes" {
	abuf_start --wal j -n 1 -- sh -c 'setsid sh -c "echo \$\$ >pid.tmp
		mv pid.tmp pid; exec sleep 100" & wait'
	echo a >&9
	wait_for 10 test -s pid
	kill_abuf
	run -0 --separate-stderr tell </dev/null
	[[ $stderr == *"an earlier run killed"* ]]
	process_is_gone "$(cat pid)"
}

# bats test_tags=threads
@test "a sink that is down does not stop the reading: what comes is kept" {
	abuf_start --wal j -n 1 --control s -- sh -c 'test -e up || exit 75; cat >>got'
	seq 1000 >&9
	wait_for 20 status_is '.buffers[0].channels[0].journal.records >= 999'
	kill_abuf
	run -0 abuf --wal j -q -- sh -c 'cat >>got' </dev/null
	[ "$(sort -n got | uniq | wc -l)" -eq 1000 ]
}

# bats test_tags=threads
@test "a full journal lets reading wait; what it has is delivered" {
	abuf_start --wal j --wal-max 1M -n 1000 --retry-delay 10ms..50ms \
		-- sh -c 'test -e up || exit 75; cat >>got'
	seq 1000000 >&9 &
	writer=$!
	wait_for 20 grep -q 'waiting for space' err
	[ "$(du -sk j | cut -f 1)" -le 1100 ]
	touch up
	wait_for 50 process_is_gone "$writer"
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cmp <(seq 1000000) got
}

# A window's file takes a block, whatever is in it, and the log grows with them.
# bats test_tags=threads
@test "... and takes no more of the disk than that, if windows are small" {
	abuf_start --wal j --wal-max 1M -n 1 -- sh -c 'test -e up || exit 75; cat >>got'
	seq 5000 >&9 &
	wait_for 20 grep -q 'waiting for space' err
	[ "$(du -sk j | cut -f 1)" -le 1100 ]
	kill_abuf
	touch up
	run -0 abuf --wal j -q -- sh -c 'cat >>got' </dev/null
	cmp <(seq "$(wc -l <got)") got
}

@test "... nor does what is known of files keep the room from other windows" {
	mkdir d
	(cd d && seq 1500 | while read -r n; do echo "$n" >"$n"; done)
	abuf --wal j --wal-max 1M -q 'd/*' -- sh -c 'cat >/dev/null'
	cat >c.json <<-'EOF'
		{"route": "tagged", "wal": {"dir": "j", "max": "1M"}, "async_buffer": {
		"bad": {"buffer_win_size": 1, "batch_do": {"command": "exit 75"}},
		"good": {"buffer_win_size": 1, "batch_do": {"command": "cat >>got"}}}}
	EOF
	abuf_start -c c.json
	printf 'bad\tb\n' >&9
	wait_for 20 grep -q held err
	seq -f $'good\t%g' 20 >&9
	wait_for 20 has_lines got 20
}

@test "under a limit on the size of files it goes on in smaller ones" {
	(ulimit -f 200 && seq 200000 | abuf --wal j -q -n 100 -- cat) | cat >got
	cmp <(seq 200000) got
}

@test "with one worker, what is behind a batch that is left is left as well" {
	seq 8 >f
	run -75 abuf --wal j -n 2 --retry-deadline 20ms f -- \
		sh -c '[ "$ABUF_BATCH_SEQ" -ne 2 ] || exit 75; cat >>got'
	[ "$(xargs <got)" = '1 2' ]
	[[ "$output" == *'3 batches from '*.2' on' ]]
	abuf --wal j -q f -- sh -c 'cat >>got'
	[ "$(xargs <got)" = '1 2 3 4 5 6 7 8' ]
}

@test "a file is read on where it was left; nothing new ends at once with 0" {
	seq 3 >f
	run -0 tell -n 2 f
	[ "$output" = $'1.1  1:1 2 \n1.2  1:3 ' ]
	run -0 tell -n 2 f
	[ -z "$output" ]
	seq 4 5 >>f
	run -0 tell -n 2 f
	[ "$output" = '1.3  1:4 5 ' ]
}

@test "files that were rotated away while nobody read are read in order" {
	echo 1 >log
	run -0 tell log
	echo 2 >>log
	mv log log.3
	echo 3 >log.2
	echo 4 >log.1
	echo 5 >log
	echo no | tee log.bak log.0.gz >log.4
	touch -d '2 hours ago' log.3
	touch -d '1 hour ago' log.2
	touch -d '3 hours ago' log.4
	run -0 --separate-stderr abuf --wal j log -- cat
	[ "$output" = $'2\n3\n4\n5' ]
	[[ $stderr == *'compressed: what they have that was not read is lost, if'* ]]
}

@test "a journal forgets files that are gone, and no other" {
	mkdir d
	seq -w 400 >input
	split -l 1 -a 3 input d/
	run -0 abuf --wal j 'd/*' -- sh -c 'cat >>got'
	rm d/a[b-z]*
	for file in d/*; do echo "$file" | tee -a "$file" >>input; done
	run -0 abuf --wal j 'd/*' -- sh -c 'cat >>got'
	cmp <(sort input) <(sort got)
	[ "$(abufctl wal stat --json j | jq '.sources | length')" -eq 27 ]
}

@test "a file under several names is read once, and said so once" {
	seq 2 >f
	ln f g
	ln -s f h
	for others in f ./f g h '[f]'; do
		run -0 --separate-stderr abuf --wal j f "$others" -- cat
		[ "$output" = "$(seq 2)" ]
		[[ $stderr == "abuf: input: f: "*" read once" ]]
		rm -r j
	done
	run -0 --separate-stderr abuf --wal j 'f*' 'g*' 'h*' -- cat
	[ "$output" = "$(seq 2)" ] && [ -z "$stderr" ]
}

@test "more files than can be open are read without waiting for a time" {
	mkdir many
	seq -w 600 >input
	split -l 1 -a 3 input many/
	(
		ulimit -n 128
		abuf --wal j -t 1h 'many/*' -- sh -c 'cat >>got' 2>err
	)
	cmp input got
	[ ! -s err ]
}

# bats test_tags=threads
@test "of a file no second copy is written" {
	seq 200000 >f
	leave -n 50000 f
	[ "$(du -sb j | cut -f1)" -lt 100000 ]
	run -0 abuf --wal j -q f -- sh -c 'cat >>got'
	cmp f got
}

# bats test_tags=threads
@test "a file that was changed is never delivered under an old id" {
	seq 3 >f
	leave -n 3 f
	printf '7\n8\n9\n' >f
	run -65 abuf --wal j f -- sh -c 'cat >>got'
	[[ $output == *source-changed* ]]
	ls j/dead/*.changed.batch
	[ "$(cat got)" = $'7\n8\n9' ]
}

# lose: what a sink that is down left is gone, with its file
lose() {
	seq 1000 >f
	leave f
	gzip f && : >f
	run -65 abuf --wal j f -- cat
	[[ $output == *"1000 records cannot be had as they were; nothing of them is there"* ]]
}

# bats test_tags=threads
@test "of a file that is gone there is an entry which says so, and has no record" {
	lose
	run -0 abufctl dead show --dir j
	[[ $output == *"source-changed: "*": nothing is left of 1000 records"* ]]
	[[ $output == *"data       none, nothing is left of its records"* ]]
	holds_for '.records == 0 and .attempts > 1' j/dead/*.changed.json
}

# bats test_tags=threads
@test "... whose replay is refused, and runs nothing: it stays" {
	lose
	run -65 abufctl dead replay --dir j -- touch ran
	[[ $output == *".changed: nothing is left of its records, "*": kept" ]]
	[ ! -e ran ]
	ls j/dead/*.changed.json j/dead/*.changed.batch
}

# bats test_tags=threads
@test "what is left of a batch that was tried is replayed as one that was" {
	seq 1000 >f
	leave f
	printf X | dd of=f bs=1 seek=2000 conv=notrunc status=none
	run -65 abuf --wal j f -- true
	run -65 abufctl dead replay --dir j
	[[ $output == *"no command has had these bytes: give one"* ]]
	run -0 abufctl dead replay --dir j -- sh -c "$TELL"
	[[ $output == '1.1.changed 1 '[2-9]*':1 2 '*' 1000 ' ]]
}

@test "an unterminated last line waits for its end, unless --final" {
	printf 'a\nb' >f
	run -0 --separate-stderr tell f
	[ "$output" = '1.1  1:a ' ]
	printf 'c\n' >>f
	run -0 --separate-stderr tell f
	[ "$output" = '1.2  1:bc ' ]
	printf d >>f
	run -0 --separate-stderr tell --final f
	[ "$output" = '1.3  1:d ' ]
}

@test "a record that is too long is refused once, not in every run" {
	printf 'aaaaaaaaaa\nb\ncccccccccc\n' >f
	run -65 abuf --wal j --max-record 5 f -- cat
	run -0 abuf --wal j --max-record 5 f -- cat
	[ -z "$output" ]
	[ "$(find j/dead -name '*.batch' | wc -l)" -eq 2 ]
}

@test "records that are refused in several runs are all kept" {
	run -65 abuf --wal j --max-record 5 -- cat <<<aaaaaaaaaa
	run -65 abuf --wal j --max-record 5 -- cat <<<bbbbbbbbbb
	[ "$(cat j/dead/*.batch | sort)" = $'aaaaaaaaaa\nbbbbbbbbbb' ]
}

@test "--dry-run leaves a journal alone" {
	run -0 abuf --wal j --dry-run -n 2 < <(seq 2)
	[ ! -e j ]
}

@test "--check looks at a run with a journal and makes none" {
	run -0 abuf --wal j --check -- cat </dev/null
	[ ! -e j ]
}

@test "more bad records than a journal can write down: the batch stays whole" {
	run -65 abuf --wal j -n 70000 -s 0 -- sh -c '
		seq 1 2 70000 | sed "s/$/ bad/" >&$ABUF_REJECT_FD; exit 65' \
		< <(seq 70000)
	cmp <(seq 70000) j/dead/*.batch
}

@test "a stop leaves the open window of a file for the next run, too" {
	seq 10 >f
	"$BUILD/abuf" --wal j -n 7 -t 0 --drain 300ms f \
		-- sh -c 'echo begun >>seen; exit 75' 2>err 3>&- &
	ABUF_PID=$!
	wait_for 10 test -s seen
	abuf_stop TERM
	[ "$STATUS" -eq 75 ]
	run -0 abuf --wal j -n 7 f -- sh -c 'cat >>got'
	cmp f got
}

# bats test_tags=threads
@test "the policy stop ends a run with a journal, and leaves the rest in it" {
	run -65 abuf --wal j -q -n 10 --drain 1s --on-failure stop --attempts 1 \
		-- sh -c 'cat >>got; [ "$ABUF_BATCH_SEQ" != 3 ] || exit 1' \
		< <(seq 100)
	run -0 abuf --wal j -q -- sh -c 'cat >>got' </dev/null
	cmp <(seq 100) got
}

@test "a file that cannot be opened now is not gone: its batches wait" {
	mkdir d
	seq 4 >d/f
	leave -n 4 d/f
	mv d e
	run -75 abuf --wal j --retry-deadline 200ms -- cat </dev/null
	mv e d
	run -0 --separate-stderr abuf --wal j -- cat </dev/null
	[ "$output" = "$(seq 4)" ]
}

@test "what becomes of the output is no other format" {
	leave --output lines -n 2 < <(seq 2)
	run -0 --separate-stderr abuf --wal j -- cat </dev/null
	[ "$output" = $'1\n2' ]
}
