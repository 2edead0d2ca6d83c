# What becomes of records, their headers and the places they go to when files
# are followed under a journal and abuf is killed.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2046,SC2153

load helpers
load follow-wal

# --- lines without an end ---

@test "a line that was half written at a kill is whole" {
	follow log
	printf '1\nha' >log
	got 1
	restart
	echo lf >>log
	got 1 half
	ends 1 half
}

@test "half a line at a stop stays in the file, and is whole in the next run" {
	follow log
	printf '1\nha' >log
	got 1
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	lines_are 1
	echo lf >>log
	again
	got 1 half
	ends 1 half
}

@test "half a line when the file is renamed is a line, in the next run, too" {
	follow log
	printf '1\nhalf' >log
	got 1
	kill_abuf
	mv log log.1
	echo 2 >log
	again
	got 1 half 2
	restart
	echo 3 >>log
	got 1 half 2 3
	ends 1 half 2 3
}

@test "half a line whose end comes from a late writer" {
	FOLLOW=(--wal j -f --rotate-wait 1h)
	follow log
	printf '1\nha' >log
	got 1
	kill_abuf
	mv log log.1
	echo never >log
	again
	opens log
	echo lf >>log.1
	got 1 half
}

@test "--final takes half a line at a stop, and what follows is another" {
	follow --final log
	printf '1\nhalf' >log
	got 1
	abuf_stop TERM
	lines_are 1 half
	echo 2 >>log
	again
	wait_for 10 has_lines order 3
	[ "$(stored | tr '\n' ' ')" = '1 half 2 ' ]
}

@test "kill -9 is no end: half a line is whole even with --final" {
	follow --final log
	printf '1\nha' >log
	got 1
	restart
	echo lf >>log
	got 1 half
	ends 1 half
}

# --- kinds of records ---

@test "records that end in NUL" {
	follow -0 log
	printf '1\0ha' >log
	wait_for 10 stored_is '1\0'
	restart
	printf 'l\nf\0' >>log
	wait_for 10 stored_is '1\0hal\nf\0'
	restart
	printf '3\0' >>log
	wait_for 10 stored_is '1\0hal\nf\0003\0'
}

# stored_is FORMAT: byte for byte
stored_is() {
	# shellcheck disable=SC2059
	cmp -s <(stored) <(printf "$1")
}

@test "lines that end in CR LF, killed between the two" {
	follow log
	printf '1\r\n2\r' >log
	wait_for 10 stored_is '1\r\n'
	restart
	printf '\n3\r\n' >>log
	wait_for 10 stored_is '1\r\n2\r\n3\r\n'
}

@test "a record of many megabytes, written in pieces and killed in each" {
	printf '1\n' >log
	follow log
	got 1
	for _ in 1 2 3; do
		head -c 3000000 /dev/zero | tr '\0' x >>log
		restart
		opens log
	done
	printf '\n2\n' >>log
	wait_for 20 eval '[ "$(stored | wc -lc | xargs)" = "3 9000005" ]'
	kill_abuf
	run_once log
	[ "$(stored | wc -lc | xargs)" = "3 9000005" ]
}

@test "a record that is too long is set aside once, though its end comes late" {
	follow --max-record 10 log
	printf '1\n12345678901234' >log
	got 1
	restart
	opens log
	printf '567890\n2\n' >>log
	got 1 2
	restart
	echo 3 >>log
	got 1 2 3
	[ "$(cat j/dead/*.batch)" = 12345678901234567890 ]
}

@test "a row of CSV whose quote is open at a kill" {
	follow --input-format csv log
	printf '1,a\n2,"b\n' >log
	got 1,a
	restart
	printf 'c"\n3,d\n' >>log
	got 1,a '2,"b' 'c"' 3,d
	ends 1,a '2,"b' 'c"' 3,d
}

@test "a value of JSON that is open at a kill" {
	follow --input-format json-seq log
	printf '{"a":1}\n{"b":\n' >log
	got '{"a":1}'
	restart
	printf '2}{"c":3}\n' >>log
	got '{"a":1}' '{"b": 2}' '{"c":3}'
	ends '{"a":1}' '{"b": 2}' '{"c":3}'
}

# --- headers ---

@test "what is read on has the header of its file, which is no record" {
	follow --input-format csv --header 1 log
	printf 'id,name\n1,a\n' >log
	got id,name 1,a
	kill_abuf
	echo 2,b >>log
	again
	got id,name 1,a id,name 2,b
	ends id,name 1,a id,name 2,b
}

@test "a header of several lines, in quotes" {
	follow --input-format csv --header 1 log
	printf '"i\nd"\n1\n' >log
	got '"i' 'd"' 1
	restart
	echo 2 >>log
	got '"i' 'd"' 1 '"i' 'd"' 2
	ends '"i' 'd"' 1 '"i' 'd"' 2
}

@test "lines with tabs: the header of a file that is made anew is its own" {
	follow --header 1 log
	printf 'a\tb\n1\t2\n' >log
	got $'a\tb' $'1\t2'
	kill_abuf
	printf '3\t4\n' >>log
	mv log log.1
	printf 'b\ta\n6\t5\n' >log
	again
	got $'a\tb' $'1\t2' $'a\tb' $'3\t4' $'b\ta' $'6\t5'
	ends $'a\tb' $'1\t2' $'a\tb' $'3\t4' $'b\ta' $'6\t5'
}

@test "only the header is there yet, or half of it" {
	follow --header 1 log
	printf 'i' >log
	opens log
	restart
	opens log
	printf 'd\n' >>log
	restart
	opens log
	echo 1 >>log
	got id 1
	restart
	echo 2 >>log
	got id 1 id 2
	ends id 1 id 2
}

@test "a header, and a window of it that was not closed" {
	PACE=("${SLOW[@]}")
	follow --header 1 log
	printf 'id\n1\n' >log
	has_taken 1
	restart
	has_taken 1
	echo 2 >>log
	has_taken 2
	kill_abuf
	PACE=(-t 0)
	again
	wait_for 10 eval '[ "$(stored | grep -vx id | xargs)" = "1 2" ]'
	[ "$(stored | head -n 1)" = id ]
	ends $(stored)
}

@test "a header before the rows of a copy" {
	follow --header 1 log
	(echo id; line 1) >log
	got id $(line 1)
	kill_abuf
	line 2 >>log
	cp log log.1
	(echo name; echo 3) >log
	again
	got id $(line 1) id $(line 2) name 3
	ends id $(line 1) id $(line 2) name 3
}

# --- places ---

STORE='"delay_do_ms": 0, "flush_when_idle": true,
	"batch_do": {"command": ["store-once"]}'

# buffer KEYS CHANNELS: a configuration with one buffer
buffer() {
	cat >c.json <<JSON
{"async_buffer": {"default": { $1, "chs": { $2 }, $STORE }}}
JSON
}

# follow_all ARGUMENT ...: as c.json says
follow_all() {
	PACE=(-c c.json)
	COMMAND=()
	follow "$@"
}

@test "several workers: each line once" {
	follow -j 3 -n 7 log
	for i in 1 2 3 4; do
		seq "$((i * 100 - 99))" "$((i * 100))" >>log
		restart
	done
	gets $(seq 400)
	mv log log.1
	echo 401 >log
	gets $(seq 401)
	abuf_stop TERM
	is_at_rest
}

@test "by a hash: each key in its order, though lanes are not equally far" {
	buffer '"dispatch": {"hash": "k"}, "buffer_win_size": 5' \
		'"a": {}, "b": {}, "c": {}'
	follow_all log
	for i in 1 2 3 4; do
		seq "$i" 4 200 | jq -c '{k: (. % 7), n: .}' >>log
		restart
	done
	wait_for 20 eval '[ "$(stored | wc -l)" -ge 200 ]'
	mv log log.1
	echo '{"k":1,"n":201}' >log
	wait_for 20 eval '[ "$(stored | wc -l)" -eq 201 ]'
	ends $(stored)
	for k in $(seq 0 6); do
		cmp <(stored | grep "\"k\":$k,") <(cat log.1 log | grep "\"k\":$k,")
	done
}

@test "to all channels: each has each line once, in order" {
	buffer '"dispatch": "all", "buffer_win_size": 5' '"a": {}, "b": {}'
	follow_all log
	for i in 1 2 3 4; do
		seq "$((i * 50 - 49))" "$((i * 50))" >>log
		restart
	done
	wait_for 20 eval '[ "$(stored | wc -l)" -ge 400 ]'
	ends $(stored)
	cmp log <(stored_by /a)
	cmp log <(stored_by /b)
}

@test "by turns to channels, one of which is stuck: nothing is lost" {
	buffer '"dispatch": "round_robin", "buffer_win_size": 1' \
		'"a": {}, "b": {"batch_do": {"command": "hold-until go store-once"}}'
	follow_all log
	seq 6 >log
	gets 1 3 5
	restart
	seq 7 8 >>log
	gets 1 3 5 7
	mv log log.1
	touch go
	echo 9 >log
	gets $(seq 9)
	ends $(stored)
}

# inputs: *.a to the buffer a, b to b
inputs() {
	cat >c.json <<JSON
{"inputs": [{"path": "*.a", "buffer": "a"}, {"path": "b", "buffer": "b"}],
 "async_buffer": {"a": { $STORE }, "b": { $STORE }}}
JSON
}

@test "inputs to buffers of their own, rotated while abuf is down" {
	inputs
	follow_all
	echo 1 >1.a
	echo 2 >b
	gets 1 2
	kill_abuf
	echo 3 >>1.a
	mv 1.a 2.a
	echo 4 >1.a
	echo 5 >>b
	mv b b.1
	echo 6 >b
	again
	gets $(seq 6)
	ends $(stored)
	[ "$(stored_by a/ | sort | xargs)" = "1 3 4" ]
	[ "$(stored_by b/ | xargs)" = "2 5 6" ]
}

# position_is N: the file at hand is to be read on there
position_is() {
	abufctl wal stat --json j | holds_for ".sources[-1].position == $1" >told
}

@test "nothing comes again to whoever has another route, when all was delivered" {
	cat >c.json <<JSON
{"route": {"tagged": true, "else": "a"},
 "async_buffer": {"a": { $STORE, "buffer_win_size": 2 }, "b": { $STORE }}}
JSON
	printf '%s\n' 1 $'b\t2' 3 >log
	follow_all log
	gets 1 2 3
	wait_for 10 position_is "$(stat -c %s log)"
	kill_abuf
	sed -i 's/"a",$/"b",/; s/"else": "a"/"else": "b"/' c.json
	echo 4 >>log
	again
	gets 1 2 3 4
	ends $(stored)
}

@test "records that name their buffer: each of a file once" {
	cat >c.json <<JSON
{"route": {"tagged": true}, "async_buffer": {"a": { $STORE }, "b": { $STORE }}}
JSON
	follow_all log
	for i in 1 2 3 4 5; do
		printf 'a\t%d\nb\t%d\nb\t%d\n' "$i" "$((i + 10))" "$((i + 20))" >>log
		restart
		wait_for 10 eval 'stored | grep -qx $((i + 20))'
		[ "$i" -ne 3 ] || mv log log.1
	done
	gets $(seq 5) $(seq 11 15) $(seq 21 25)
	ends $(stored)
	[ "$(stored_by a/ | xargs)" = "1 2 3 4 5" ]
}
