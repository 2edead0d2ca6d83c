# Dispatch: which channels of a buffer get a record.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# buffer KEYS CHANNELS [COMMAND]: a configuration with one buffer.  What a
# channel gets is in the file of its name, unless it does something else.
buffer() {
	cat >c.json <<JSON
{"joblog": "log", "async_buffer": {"default": { $1, "chs": { $2 }, "batch_do": {
  "command": "${3:-cat >>\$ABUF_CHANNEL}",
  "retry": {"delay_ms": 1, "max_delay_ms": 20, "deadline_ms": ${DEADLINE:-60000}}}}}}
JSON
}

# channels N [KEYS]: "c1": {KEYS}, "c2": ...
channels() {
	seq "$1" | sed "s/.*/\"c&\": { ${2:-} }/" | paste -sd ,
}

# aside_of CHANNEL: its records that were set aside, in order
aside_of() {
	jq -r "select(.channel == \"$1\") | [.seq, .id] | @tsv" "$DEAD"/*.json |
		sort -n | cut -f 2 | sed "s:.*:$DEAD/&.batch:" | xargs -r cat
}

# ends STATUS: the input is over, and abuf exits so
ends() {
	abuf_end
	wait_abuf
	[ "$STATUS" -eq "$1" ]
}

# --- first ---

@test "without dispatch the first channel has everything" {
	buffer '"buffer_win_size": 1' "$(channels 3)"
	seq 5 >input
	abuf -c c.json input
	cmp input c1
	[ ! -e c2 ]
	[ ! -e c3 ]
	abuf -c c.json --channel c3 input
	cmp input c3
}

# --- all ---

@test "all: every channel has every record, in batches of its own numbers" {
	buffer '"dispatch": "all", "buffer_win_size": 3' "$(channels 3)"
	seq 10 >input
	run -0 abuf -c c.json input
	for channel in c1 c2 c3; do cmp input $channel; done
	sed 1d log | cut -f 5 | cut -d . -f 2- | sort -t . -k 1n -k 2n | xargs >ids
	[ "$(cat ids)" = "1.1 1.2 1.3 1.4 2.1 2.2 2.3 2.4 3.1 3.2 3.3 3.4" ]
	[ "$(joblog_column log records | sort -n | uniq -c | xargs)" = "3 1 9 3" ]
}

@test "all: each channel does, retries and splits as it says itself" {
	buffer '"dispatch": "all"' '"plain": {},
		"again": {"batch_do": {"command": "end-with 1 75 0 >again"}},
		"bad": {"batch_do": {"command": "store-good good", "split": true}}'
	printf '%s\n' a bad1 b >input
	run -65 abuf -c c.json input
	cmp input plain
	cmp input again
	[ "$(xargs <good)" = "a b" ]
	[ "$(cat "$DEAD"/*.3.1.r2.batch)" = bad1 ]
	[ "$(aside_of bad)" = bad1 ] && [ "$(find "$DEAD" -name '*.json' | wc -l)" = 1 ]
}

# memory_files: the inode of every window that abuf has open, once for each fd
memory_files() {
	find "/proc/$ABUF_PID/fd" -lname '/memfd:abuf (deleted)' -exec stat -Lc %i {} +
}

# bats test_tags=threads
@test "all: what one channel's command changes, no other gets" {
	buffer '"dispatch": "all", "buffer_win_bytes": 0, "buffer_win_size": 2' \
		'"bad": {"ch_len": 9, "batch_do": {"command":
			"[ $ABUF_BATCH_SEQ = 1 ] || { chmod u+w /dev/stdin; printf X 1<>/dev/stdin; >changed; }"}},
		"raw": {"ch_len": 9},
		"made": {"ch_len": 9, "format_input": "copy"}' \
		'[ $ABUF_BATCH_SEQ = 2 ] || hold-until changed cat >>$ABUF_CHANNEL'
	seq 4 >input
	run -65 --separate-stderr abuf -c c.json input
	head -n 2 input | cmp - raw
	head -n 2 input | cmp - made
	[ "$(grep -c ': a command has changed the input: 2 records set aside: ' \
		<<<"$stderr")" -eq 2 ]
	[ "$(sed 1d log | wc -l)" -eq 4 ]
}

# bats test_tags=threads
@test "all: a window is in memory once, however many channels have it" {
	buffer '"dispatch": "all", "delay_do_ms": 1' "$(channels 8)" \
		'hold-until go cat >>$ABUF_CHANNEL'
	abuf_start -c c.json --control s
	echo 1 >&9
	wait_for 10 status_is '[.buffers[].channels[].workers.busy] == [range(8) | 1]'
	[ "$(memory_files | sort | uniq -c | awk '{ print $1 }')" = 8 ]
	touch go
	ends 0
	[ "$(cat c? | xargs)" = "1 1 1 1 1 1 1 1" ]
}

@test "all: a record may be sent to one channel by name, beside the others" {
	buffer '"dispatch": "all"' "$(channels 2)"
	sed -i 's/{"joblog/{"route": "tagged", "joblog/' c.json
	abuf -c c.json <<<$'default\ta\ndefault/c2\tb\ndefault\tc'
	[ "$(xargs <c1)" = "a c" ]
	[ "$(sort c2 | xargs)" = "a b c" ]
}

@test "all: --channel, or a route to one channel, leaves the others alone" {
	buffer '"dispatch": "all"' "$(channels 3)"
	abuf -c c.json --channel c2 <<<x
	sed -i 's/{"joblog/{"route": {"buffer": "default", "channel": "c3"}, "joblog/' c.json
	abuf -c c.json <<<y
	[ ! -e c1 ] && [ "$(cat c2 c3 | xargs)" = "x y" ]
}

# --- all, and a channel that is dead ---

# bats test_tags=threads
@test "all, set_aside: dead channels lose nothing and hold up nobody" {
	DEADLINE=1 buffer '"dispatch": "all", "dispatch_full": "set_aside",
		"buffer_win_size": 2' "$(channels 4 '"ch_len": 10')" \
		'case $ABUF_CHANNEL in c2|c3) exit 75;; esac; cat >>$ABUF_CHANNEL'
	seq 60 >input
	abuf_start -c c.json --control s
	cat input >&9
	wait_for 20 status_is '.buffers[0].channels | map(.totals.delivered_records)
		== [60, 0, 0, 60]'
	ends 65
	cmp c1 c4
	cmp input c1
	cmp <(aside_of c2) <(aside_of c3)
	aside_of c2 | cmp - input
}

# bats test_tags=threads
@test "all, set_aside: a channel that is full says so, and drops if told" {
	buffer '"dispatch": "all", "dispatch_full": "set_aside",
		"on_failure": "drop", "buffer_win_size": 1' "$(channels 2)" \
		'test $ABUF_CHANNEL = c1 || hold-until go; cat >>$ABUF_CHANNEL'
	sed -i 's/"c1": {/&"ch_len": 100/' c.json
	abuf_start -c c.json --control s
	seq 5 >&9
	wait_for 20 status_is '.buffers[0].channels | map(.totals) |
		.[0].delivered_records == 5 and .[1].dropped_records == 4'
	grep -q 'batch: [0-9a-f]*\.2\.5 (default/c2): the channel is full: 1 record dropped' err
	touch go
	ends 1
	[ "$(cat c2)" = 1 ] && [ "$(xargs <c1)" = "1 2 3 4 5" ]
}

# bats test_tags=threads
@test "all, wait: what a dead channel may have waiting goes to the others" {
	buffer '"dispatch": "all", "buffer_win_size": 2' \
		"$(channels 4 '"ch_len": 1000')" \
		'case $ABUF_CHANNEL in c2|c3) test -e go || exit 75;; esac; cat >>$ABUF_CHANNEL'
	seq 60 >input
	abuf_start -c c.json --control s
	cat input >&9
	wait_for 20 status_is '.buffers[0].channels | map(.totals.delivered_records)
		== [60, 0, 0, 60]'
	status_is '.buffers[0].channels | map(.workers.held) == [0, 1, 1, 0]'
	touch go
	ends 0
	for channel in c1 c2 c3 c4; do cmp input $channel; done
}

# bats test_tags=threads
@test "all, wait: without ch_len a dead channel stops the input for all" {
	buffer '"dispatch": "all", "buffer_win_size": 1' "$(channels 2)" \
		'test $ABUF_CHANNEL = c1 || test -e go || exit 75; cat >>$ABUF_CHANNEL'
	abuf_start -c c.json --control s
	seq 9 >&9
	wait_for 20 status_is '.buffers[0].channels |
		map([.totals.delivered_records, .parked, .totals.records]) ==
		[[1, 1, 2], [0, 1, 2]]'
	touch go
	ends 0
	seq 9 | cmp - c1 && cmp c1 c2
}

# --- hash ---

# keyed N: records of 40 keys, {"k": KEY, "n": N}, in random order
keyed() {
	echo "seed ${SEED:=$RANDOM}"
	awk -v n="$1" -v seed="$SEED" 'BEGIN { srand(seed)
		for (i = 1; i <= n; i++)
			printf "{\"k\":\"u%d\",\"n\":%d}\n", rand() * 40, i }' >input
}

# bats test_tags=threads
@test "hash: a key's records stay in order, each record comes once" {
	buffer '"dispatch": {"hash": "k"}, "buffer_win_size": 7' \
		"$(channels 8 '"ch_len": 50')" \
		'sleep 0.0$((ABUF_BATCH_SEQ * 7 % 4)); cat >>$ABUF_CHANNEL'
	keyed 1500
	run -0 abuf -c c.json input
	sort c? | cmp - <(sort input)
	for file in c?; do
		jq -r '[.k, .n] | @tsv' "$file" | sort -s -k 1,1 | tee -a once |
			sort -c -k 1,1 -k 2,2n
	done
	[ "$(cut -f 1 once | uniq | sort | uniq -d)" = "" ]
	[ "$(find . -name 'c[1-8]' | wc -l)" -ge 6 ]
}

@test "hash: a key has the same channel in every run, however it is written" {
	buffer '"dispatch": {"hash": "k.id"}' "$(channels 8)"
	for _ in 1 2; do
		printf '{"k":{"id":%s}}\n' '"ab"' 7 '"\u0061b"' '"7"' true | abuf -c c.json
	done
	[ "$(grep -l '"ab"' c?)" = "$(grep -l 'u0061b' c?)" ]
	[ "$(grep -l 'id":7' c?)" = "$(grep -l 'id":"7"' c?)" ]
	[ "$(cat c? | wc -l)" -eq 10 ]
	[ "$(grep -c '"ab"' "$(grep -l '"ab"' c?)")" = 2 ]
}

@test "hash: a record without the key is set aside with the reason" {
	buffer '"dispatch": {"hash": "k"}' "$(channels 2)"
	run -65 abuf -c c.json <<<$'{"x":1}\n{"k":null}\nno JSON\n{"k":1}'
	[[ "${lines[0]}" == "abuf: stdin: record 1: it has no such field: set aside: "* ]]
	[[ "${lines[1]}" == "abuf: stdin: record 2: the field is null: set aside: "* ]]
	[ "$(jq -r .stage "$DEAD"/*.json | uniq -c | xargs)" = "3 route" ]
	[ "$(cat c?)" = '{"k":1}' ]
}

# --- round robin ---

@test "round_robin: windows are dealt in turn" {
	buffer '"dispatch": "round_robin", "buffer_win_size": 2' \
		"$(channels 3 '"ch_len": 100')"
	seq 14 | abuf -c c.json
	[ "$(xargs <c1)" = "1 2 7 8 13 14" ]
	[ "$(xargs <c2)" = "3 4 9 10" ]
	[ "$(xargs <c3)" = "5 6 11 12" ]
}

# bats test_tags=threads
@test "round_robin: a channel that hangs is passed over, each record comes once" {
	buffer '"dispatch": "round_robin", "buffer_win_size": 2' "$(channels 3)" \
		'test $ABUF_CHANNEL != c2 || hold-until go; cat >>$ABUF_CHANNEL'
	abuf_start -c c.json --control s
	seq 40 >&9
	wait_for 20 status_is '.totals.delivered_records == 38'
	status_is '.totals.records == 40 and .buffers[0].channels[1].totals.records == 2'
	touch go
	ends 0
	[ "$(xargs <c2)" = "3 4" ]
	sort -n c? | cmp - <(seq 40)
}

# --- windows that are shared: time, flush, stop ---

# shared MODE: two channels, windows that close on request only
shared() {
	buffer "\"dispatch\": \"$1\", \"delay_do_ms\": 3600000" "$(channels 2)"
	abuf_start -c c.json --control s "${@:2}"
	printf '1\n2\n' >&9
	wait_for 10 status_is '.totals | .records == 2 or .records == 4'
}

# bats test_tags=threads
@test "USR1 and abufctl flush close the window that channels share" {
	shared all
	kill -s USR1 "$ABUF_PID"
	wait_for 10 has_lines c2 2
	echo 3 >&9
	wait_for 10 status_is '.totals.records == 6'
	abufctl -s s flush
	wait_for 10 has_lines c2 3
	ends 0
	seq 3 | cmp - c1
	cmp c1 c2
	[ "$(joblog_column log reason | xargs)" = "flush flush flush flush" ]
}

# bats test_tags=threads
@test "a flush closes the window that is dealt out" {
	shared round_robin
	run -0 abufctl -s s flush default
	wait_for 10 has_lines c1 2
	ends 0
	[ "$(joblog_column log reason)" = flush ] && [ ! -e c2 ]
}

# closes_by REASON OPTION ...: for that a window closes, whatever the dispatch
closes_by() {
	local mode
	for mode in '"all"' '"round_robin"' '{"hash": "k"}'; do
		rm -f c1 c2 log
		buffer "\"dispatch\": $mode, \"delay_do_ms\": 3600000" "$(channels 2)"
		abuf_start -c c.json "${@:2}"
		echo '{"k": 1}' >&9
		wait_for 10 eval 'cat c1 c2 2>/dev/null | grep -q 1'
		ends 0
		[ "$(joblog_column log reason | uniq)" = "$1" ]
	done
}

# bats test_tags=threads
@test "-t and --idle close shared windows" {
	closes_by delay -t 20ms
	closes_by idle --idle 20ms
	closes_by idle -t 0
}

# bats test_tags=threads
@test "a stop delivers a shared window to all" {
	shared all
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	cmp c1 c2
	[ "$(xargs <c1)" = "1 2" ]
	[ "$(joblog_column log reason | xargs)" = "stop stop" ]
	grep -q 'stop: delivering' err
}

# bats test_tags=threads
@test "a stop: what a channel cannot take of a shared window is set aside" {
	buffer '"dispatch": "all", "buffer_win_size": 1' "$(channels 2)" \
		'test $ABUF_CHANNEL = c1 || exit 75; cat >>$ABUF_CHANNEL'
	abuf_start -c c.json --control s --drain 300ms
	seq 4 >&9
	wait_for 20 status_is '.buffers[0].channels |
		map(.totals.records) == [2, 2] and .[0].totals.delivered_records == 1'
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	# 3 and 4 were in no window yet: they are one entry, of the first channel.
	aside_of c2 | cmp - <(seq 2)
	[ "$(cat c1 <(aside_of c1) | sort -n | xargs)" = "1 2 3 4" ]
	[ "$(jq -r '"\(.stage) \(.records)"' "$DEAD"/*.0.1.json)" = "input 2" ]
}

# bats test_tags=threads
@test "a second signal: what channels share is set aside for each" {
	buffer '"dispatch": "all", "buffer_win_size": 2' "$(channels 3)" \
		'test $ABUF_CHANNEL = c1 || exec sleep 60; cat >>c1'
	abuf_start -c c.json --control s
	seq 4 >&9
	wait_for 20 status_is '.buffers[0].channels |
		map(.totals.records) == [4, 4, 4] and .[0].totals.delivered_records == 2'
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'signal again' err
	abuf_stop TERM
	[ "$STATUS" -eq 143 ]
	cat c1 <(aside_of c1) | cmp - <(seq 4)
	cat <(aside_of c2) <(aside_of c3) | cmp - <(seq 4; seq 4)
}

@test "a message about a batch says which channel, if it has a name" {
	echo '{"async_buffer": {"logs": {"dispatch": "all", "chs": {
		"good": {"batch_do": {"command": "cat >/dev/null"}},
		"bad": {"batch_do": {"command": "exit 65"}}}}}}' >c.json
	run -65 abuf -c c.json -b logs <<<x
	[[ $output == "abuf: batch: "*".2.1 (logs/bad): attempt 1: exit status 65: rejected: 1 record set aside: "* ]]
	run -65 abuf -- sh -c 'exit 65' <<<x
	[[ $output == "abuf: batch: "*".1.1: attempt 1: "* ]]
}

@test "--dry-run shows each channel's batches" {
	buffer '"dispatch": "all", "buffer_win_size": 2' "$(channels 2)"
	run -0 abuf -c c.json --dry-run < <(seq 3)
	[ "$(sort <<<"$output" | tr '\t' ' ')" = "default c1 1 size 2 4
default c1 2 eof 1 2
default c2 1 size 2 4
default c2 2 eof 1 2" ]
}

# A descriptor for each channel's share is what there is none for.
@test "a window that cannot be shared out now holds up no other lane" {
	cat >c.json <<-'JSON'
		{"route": "tagged", "async_buffer": {
		  "all": {"dispatch": "all", "delay_do_ms": 1000,
		    "chs": {"x": {}, "y": {}}, "batch_do": {"command": "cat >>all"}},
		  "one": {"delay_do_ms": 2000, "batch_do": {"command": "cat"}}}}
	JSON
	abuf_start -c c.json --dry-run
	printf '%s\n' $'all\t1' $'one\t2' >&9
	wait_for 1 all_read
	prlimit --nofile=3: --pid "$ABUF_PID"
	wait_for 10 grep -q 'file descriptor: .*: waiting for space' err
	wait_for 10 has_lines out 1
	# A busy loop would have used up most of a second by then.
	is_sanitized || [ "$(awk '{ print $14 + $15 }' "/proc/$ABUF_PID/stat")" -lt 50 ]
	prlimit --nofile=99: --pid "$ABUF_PID"
	wait_for 20 has_lines out 3
	abuf_end
	wait_abuf
}

# Room for the dead letters' files, but not for a descriptor for each share.
@test "a window that cannot be shared out is set aside when the drain ends" {
	buffer '"dispatch": "all"' "$(channels 90)" cat
	abuf_start -c c.json -t 1h --drain 100ms
	seq 3 >&9
	wait_for 10 all_read
	free=$(seq 999 | grep -vxFf <(ls "/proc/$ABUF_PID/fd") | sed -n 20p)
	prlimit --nofile="$free:" --pid "$ABUF_PID"
	abuf_stop TERM
	[ "$STATUS" -eq 65 ] && aside_of c1 | cmp - <(seq 3)
	[ "$(entries | tr ' ' '\n' | sed 's/.*\.0\./0./' | uniq -c | xargs)" = \
		"90 0.1" ]
	grep -q ': 3 records cannot be handed on: window: file descriptor: ' err
}
