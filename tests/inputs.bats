# Inputs of a configuration: read side by side, each in its own way.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# inputs JSON [KEYS]: two buffers with these keys; DO stands before the command,
# windows close after DELAY.  What a channel gets is in the file of its name.
inputs() {
	cat >c.json <<JSON
{"inputs": [ $1 ], "async_buffer": {
  "logs": { ${2:-} "delay_do_ms": ${DELAY:-20}, "batch_do": {"command": "cat >>logs"}},
  "rows": { ${2:-} "delay_do_ms": ${DELAY:-20}, "batch_do": {"command": "${DO:-cat} >>\"\$ABUF_CHANNEL\""},
    "chs": {"rows": {}, "side": {}}}}}
JSON
}

# aside STAGE: the records set aside at that stage, sorted
aside() {
	jq -r "select(.stage == \"$1\") | .id" "$DEAD"/*.json |
		sed "s:.*:$DEAD/&.batch:" | xargs -r cat | sort
}

# A record of so many MiB, of one letter, without an end.
long_record() {
	head -c "$1"M /dev/zero | tr '\0' "$2"
}

# ends STATUS: the input is over, and abuf exits so
ends() {
	abuf_end
	wait_abuf
	[ "$STATUS" -eq "$1" ]
}

# start_two: the FIFOs one (fd 7) and two (fd 8), to logs and rows
start_two() {
	mkfifo one two
	inputs '{"path": "one", "buffer": "logs"}, {"path": "two", "buffer": "rows"}'
	abuf_start -c c.json --control s
	exec 7<>one 8<>two
}

@test "inputs go where they say, or as the route says" {
	inputs '{"path": "a", "buffer": "rows"}, {"path": "b"},
		{"path": "c", "buffer": "rows", "channel": "side"}'
	for name in a b c; do echo $name >$name; done
	abuf -c c.json -b logs
	[ "$(cat rows logs side | xargs)" = "a b c" ]
	sed -i 's/"inputs/"route": "tagged", &/' c.json
	printf 'rows/side\tx\n' >b
	abuf -c c.json
	[ "$(sort side | xargs)" = "c c x" ] && [ "$(xargs <rows)" = "a a" ]
}

# bats test_tags=threads
@test "a FIFO in which nobody writes holds up no file" {
	mkfifo quiet
	seq 3000 >file
	inputs '{"path": "quiet", "buffer": "rows"}, {"path": "file", "buffer": "logs"}'
	abuf_start -c c.json
	wait_for 20 has_lines logs 3000
	cmp file logs
	[ ! -e rows ]
	echo late >quiet
	wait_abuf
	[ "$STATUS" -eq 0 ] && [ "$(cat rows)" = late ]
}

# bats test_tags=threads
@test "two FIFOs and stdin are read as their records come" {
	mkfifo one two
	inputs '{"path": "one"}, {"path": "-"}, {"path": "two"}'
	abuf_start -c c.json -b logs
	exec 7<>one 8<>two
	for fd in 8 9 7 8 7 9; do
		echo "$fd" | tee -a sent >&$fd
		wait_for 10 eval 'cmp sent logs 2>/dev/null'
	done
	exec 7>&- 8>&-
	ends 0
	cmp sent logs
}

@test "each input has its own format, header and delimiter" {
	DELAY=3600000 inputs '{"path": "csv", "buffer": "rows", "format": "csv", "header": 1},
		{"path": "nul", "buffer": "logs", "delimiter": "\\0", "max_record": 4,
		 "skip_empty": true},
		{"path": "seq", "buffer": "rows", "channel": "side", "format": "json-seq"}'
	printf 'id,t\n1,"a\nb"\n' >csv
	printf 'x\ny\0\0too long\0z' >nul
	printf '{"a":\n1}[2]' >seq
	run -65 abuf -c c.json
	cmp csv rows
	printf 'x\ny\0z\0' | cmp - logs
	[ "$(cat side)" = $'{"a": 1}\n[2]' ]
	printf 'too long\0' | cmp - "$DEAD"/*.batch
}

@test "keys that an input lacks come from the buffer it goes to" {
	inputs '{"path": "a", "buffer": "logs"}, {"path": "b", "buffer": "rows",
		"delimiter": ";"}' '"input": {"delimiter": ",", "skip_empty": true},'
	printf '1,,2,' >a
	printf '1;;2' >b
	abuf -c c.json
	[ "$(cat logs)" = 1,2, ]
	[ "$(cat rows)" = '1;2;' ]
}

@test "records that end in two ways cannot share a channel: 78" {
	inputs '{"path": "a", "buffer": "logs"},
		{"path": "b", "buffer": "logs", "delimiter": "\\0"}'
	touch a b
	run -78 abuf -c c.json
	[ "$output" = "abuf: channel default of buffer logs: records come that end in\
 different ways: give its inputs one delimiter and format" ]
	inputs '{"path": "a", "buffer": "rows"},
		{"path": "b", "buffer": "rows", "format": "csv", "channel": "side"}'
	run -0 abuf -c c.json
	sed -i 's/, "channel": "side"//' c.json
	run -78 abuf -c c.json
}

@test "an input that is missing: 66, and nothing is read or run" {
	inputs '{"path": "-", "buffer": "logs"}, {"path": "gone", "buffer": "rows"}'
	{
		run -66 abuf -c c.json
		[ "$(cat)" = x ]
	} < <(echo x)
	[ "$output" = "abuf: input: gone: No such file or directory" ]
	[ ! -e logs ]
	run -66 abuf -c c.json --check
}

@test "operands take the place of inputs" {
	inputs '{"path": "gone", "buffer": "rows"}'
	echo file >file
	abuf -c c.json -b logs - file <<<stdin
	[ "$(xargs <logs)" = "stdin file" ]
	[ ! -e rows ]
}

@test "stdin is an input once" {
	inputs '{"path": "-", "buffer": "logs"}, {"path": "-", "buffer": "rows"}'
	run -78 abuf -c c.json <<<x
	[[ "$output" == *"standard input is here twice"* ]]
}

@test "a terminal as stdin does not matter to inputs" {
	inputs '{"path": "a", "buffer": "logs"}'
	seq 3 >a
	run -0 script -qec "$BUILD/abuf -c c.json" /dev/null </dev/null
	cmp a logs
}

# bats test_tags=threads
@test "an input that fails: the others go on, 66 at the end" {
	mkfifo slow
	inputs '{"path": "slow", "buffer": "logs"}, {"path": "bad", "buffer": "rows"}'
	ln -s /proc/self/mem bad
	abuf_start -c c.json
	wait_for 10 grep -q 'abuf: input: bad: ' err
	seq 3 >slow
	wait_abuf
	[ "$STATUS" -eq 66 ] && seq 3 | cmp - logs
}

# bats test_tags=threads
@test "a stop awaits the record that one input is in the middle of" {
	DELAY=3600000 start_two
	echo whole >&7
	printf 'a\nto' >&8
	wait_for 10 status_is '.totals.records == 2'
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering 2 records' err
	printf 'rn\nnext\n' >&8
	wait_abuf
	[ "$STATUS$(xargs <rows)" = "0a torn" ]
	read -r -t 5 line <&8
	[ "$line" = next ]
}

# bats test_tags=threads
@test "a stop sets aside what two inputs are in the middle of" {
	start_two
	printf 'a\nhalf' >&7
	printf 'b\ntorn' >&8
	wait_for 10 grep -qx a logs
	wait_for 10 grep -qx b rows
	abuf_stop TERM
	exec 7>&- 8>&-
	[ "$STATUS" -eq 65 ]
	[ "$(cat "$DEAD"/*.1.0.1.batch)" = half ]
	[ "$(cat "$DEAD"/*.2.0.1.batch)" = torn ]
}

# bats test_tags=threads
@test "long records of two inputs at once are each kept to the byte" {
	mkfifo one two
	inputs '{"path": "one", "buffer": "logs", "max_record": "1M"},
		{"path": "two", "buffer": "logs", "max_record": "1M"}'
	abuf_start -c c.json
	exec 7<>one 8<>two
	for _ in 1 2 3; do long_record 1 a >&7; long_record 1 b >&8; done
	printf '\nx\n' | tee /dev/fd/7 >&8
	wait_for 10 has_lines logs 2
	exec 7>&- 8>&-
	wait_abuf
	[ "$STATUS$(xargs <logs)" = "65x x" ]
	cmp <(aside record) <(long_record 3 a; echo; long_record 3 b; echo)
}

@test "two inputs with two headers share a channel, but no window" {
	DO='echo $(cat)' inputs '{"path": "a", "buffer": "rows"},
		{"path": "b", "buffer": "rows"}' '"input": {"header": 1},'
	printf 'id\n1\n2\n' >a
	printf 'name\nx\ny\n' >b
	abuf -c c.json
	[ "$(sort rows)" = $'id 1 2\nname x y' ]
}

@test "as many inputs as descriptors allow; else 78, and nothing is read" {
	seq 40 | sed 's:.*:{"path"\: "in&", "buffer"\: "logs"}:' | paste -sd , >list
	inputs "$(cat list)"
	for i in $(seq 40); do echo "$i" >"in$i"; done
	abuf -c c.json
	sort -n logs | cmp - <(seq 40)
	run -78 bash -c 'ulimit -n 100; exec "$0" -c c.json' "$BUILD/abuf"
	[[ "$output" == "abuf: open files: only "* ]]
}

@test "one pipe as two inputs would tear records: 78, nothing is read" {
	mkfifo one
	ln -s one other
	echo '{"inputs": [{"path": "one"}, {"path": "./other"}],
		"async_buffer": {"default": {}}}' >c.json
	run -78 abuf -c c.json -- touch ran
	[ "$output" = "abuf: input: ./other: two inputs are this pipe, and would\
 tear its records" ]
	echo '{"inputs": [{"path": "-"}, {"path": "/dev/stdin"}],
		"async_buffer": {"default": {}}}' >c.json
	echo x | run -78 abuf -c c.json -- touch ran
	[ ! -e ran ]
}
