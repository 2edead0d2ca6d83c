# The configuration file: what is read from it, and how the rest is refused.

# Scripts in single quotes are for other shells.
# shellcheck disable=SC2016

load helpers

setup_file() {
	export CONFIGS="$BATS_TEST_DIRNAME/../configs"
}

# refused WHERE_AND_WHY: the configuration on stdin is refused with just that
refused() {
	cat >bad.json
	run -78 --separate-stderr abuf -c bad.json -- touch started </dev/null
	[ "$stderr" = "abuf: config: bad.json:$1" ]
	[ "$output" = "" ] && [ ! -e started ]
}

# lost MESSAGE OPTION ...: two.json is right, but what OPTION selects is not
lost() {
	local message=$1
	shift
	cat >two.json <<-'JSON'
		{"async_buffer": {
		  "users": {"chs": {"mail": {}, "queue": {}}},
		  "rooms": {"buffer_win_size": 2, "batch_do": {"command": "cat"}}}}
	JSON
	run -78 --separate-stderr abuf -c two.json "$@" <<<x
	[ "$stderr" = "abuf: $message" ]
}

@test "the origin's sample runs unchanged, record by record" {
	run -0 abuf -c "$CONFIGS/origin.json" --buffer nmq_live_user \
		--channel nmq -- sh -c 'echo $ABUF_BUFFER $ABUF_CHANNEL $(cat)' \
		<<<$'one\ntwo'
	[ "$output" = $'nmq_live_user nmq one\nnmq_live_user nmq two' ]
}

@test "every buffer and channel of the origin's sample can be selected" {
	for lane in nmq_live_user:nmq nmq_live_room:nmq nmq_live_org:nmq \
		default:default; do
		run -0 abuf -c "$CONFIGS/origin.json" -b "${lane%:*}" \
			--channel "${lane#*:}" -- \
			sh -c 'cat; echo $ABUF_BUFFER:$ABUF_CHANNEL' <<<x
		[ "$output" = "x
$lane" ]
	done
}

@test "the origin's numbers mean what they meant" {
	abuf -c "$CONFIGS/origin.json" -b nmq_live_org --print-config |
		grep -E '"(buffer_win_size|delay_do_ms|ch_len|sub_worker_num)"' |
		tr -d ' ,"' | sort | uniq -c | tr -s ' ' >numbers
	cmp numbers - <<-'NUMBERS'
		 4 buffer_win_size:1
		 4 ch_len:0
		 4 delay_do_ms:10
		 4 sub_worker_num:1
	NUMBERS
}

@test "without --buffer it is \"default\", without --channel the first" {
	run -0 abuf -c "$CONFIGS/origin.json" -- \
		sh -c 'echo $ABUF_BUFFER' <<<x
	[ "$output" = default ]
	echo '{"async_buffer": {"b": {"chs": {"z": {}, "a": {}}}}}' >c.json
	run -0 abuf -c c.json -b b -- sh -c 'echo $ABUF_CHANNEL' <<<x
	[ "$output" = z ]
}

@test "a buffer or channel that is not there is refused with the nearest" {
	lost 'buffer user: not in the configuration: did you mean users?' -b user
	lost 'channel que of buffer users: not in the configuration' -b users --channel que
	lost 'channel queu of buffer users: not in the configuration: did you mean queue?' \
		-b users --channel queu
	lost 'buffer default: not in the configuration: name another with -b, or add a route' -- cat
}

@test "a fixed route selects, and options beat it" {
	cat >c.json <<-'JSON'
		{"async_buffer": {"default": {}, "b": {"chs": {"c": {}, "d": {}}}},
		 "route": {"buffer": "b", "channel": "d"}}
	JSON
	local tell='echo $ABUF_BUFFER/$ABUF_CHANNEL'
	[ "$(abuf -c c.json --shell -- "$tell" <<<x)" = b/d ]
	[ "$(abuf -c c.json --channel c --shell -- "$tell" <<<x)" = b/c ]
	[ "$(abuf -c c.json -b default --shell -- "$tell" <<<x)" = default/default ]
	[ "$(abuf -c c.json -b default --print-config | jq -c .route)" = \
		'{"buffer":"default"}' ]
}

@test "with a route no buffer needs to be called default" {
	echo '{"async_buffer": {"a": {}, "b": {}}, "route": "tagged"}' >c.json
	abuf -c c.json -n 5 --print-config | jq -c \
		'.async_buffer | map_values(.buffer_win_size)' >sizes
	[ "$(cat sizes)" = '{"a":5,"b":1000}' ]
}

@test "a target that is not in the file is refused with the nearest" {
	refused '2:18: route.else: unknown buffer "defaul", did you mean'\
' "default"?' <<-'JSON'
		{"async_buffer": {"default": {}}, "route":
		{"tagged": true, "else": "defaul"}}
	JSON
}

@test "standard input is read once" {
	refused '3:18: inputs[1]: path: standard input is here twice, allowed is'\
' once' <<-'JSON'
		{"async_buffer": {"default": {}},
		 "inputs": [
		  {"path": "-"}, {"path": "-", "buffer": "default"}]}
	JSON
}

@test "a header is for commands that get records as they are" {
	echo '{"async_buffer": {"default": {"input": {"header": 1},
		"format_input": "json"}}}' >c.json
	run -78 --separate-stderr abuf -c c.json -- cat <<<x
	[ "$stderr" = 'abuf: format: a header'\
' goes with the format raw only, which passes it on' ]
	abuf -c c.json --format raw --check -- cat <<<x
}

@test "a lane without a command is refused: 78" {
	lost 'channel mail of buffer users: no command: add batch_do.command, or -- COMMAND' \
		-b users
	lost 'channel queue of buffer users: no command: add batch_do.command, or -- COMMAND' \
		-b users --channel queue
}

@test "the file's command runs; one on the command line takes its place" {
	cat >c.json <<-'JSON'
		{"async_buffer": {"default": {"batch_do": {
		  "command": "echo shell \"$0\" | cat", "timeout_ms": 1000}}}}
	JSON
	run -0 abuf -c c.json <<<x
	[ "$output" = "shell script" ]
	run -0 abuf -c c.json -- echo 'own | cat' <<<x
	[ "$output" = "own | cat" ]
}

@test "a channel's batch_do is laid over the buffer's, key by key" {
	cat >c.json <<-'JSON'
		{"async_buffer": {"default": {
		  "batch_do": {"command": ["echo", "buffer's"], "timeout_ms": 7},
		  "chs": {"own": {"batch_do": {"command": ["echo", "its own"]}},
		    "slow": {"batch_do": {"timeout_ms": 60000}}}}}}
	JSON
	run -0 abuf -c c.json --timeout 1m --channel own <<<x
	[ "$output" = "its own" ]
	run -0 abuf -c c.json --channel slow <<<x
	[ "$output" = "buffer's" ]
	[ "$(abuf -c c.json --print-config | grep -c '"timeout_ms": 7,')" = 1 ]
}

@test "a channel's retry is laid over the buffer's, key by key" {
	cat >c.json <<-'JSON'
		{"async_buffer": {"default": {
		  "batch_do": {"retry": {"attempts": 9, "delay_ms": 7}},
		  "chs": {"own": {"batch_do": {"retry": {"delay_ms": 8}}}}}}}
	JSON
	abuf -c c.json --print-config | tr -d ' \n' >printed
	grep -qF '"retry":{"attempts":9,"delay_ms":8,"max_delay_ms":30000,' printed
}

@test "an option wins over the file, the file over the default" {
	echo '{"async_buffer": {"default": {"buffer_win_size": 2}}}' >c.json
	seq 4 >four
	run -0 abuf four -- sh -c 'echo $(cat)'
	[ "$output" = "1 2 3 4" ]
	run -0 abuf -c c.json four -- sh -c 'echo $(cat)'
	[ "$output" = $'1 2\n3 4' ]
	run -0 abuf -c c.json -n 3 four -- sh -c 'echo $(cat)'
	[ "$output" = $'1 2 3\n4' ]
}

@test "a number that is not positive takes the default, as in the origin" {
	echo '{"async_buffer": {"default": {"buffer_win_size": 0,
		"delay_do_ms": -5, "chs": {"default": {"sub_worker_num": -1}}}}}' >c
	abuf --print-config >defaults
	abuf -c c --print-config | cmp - defaults
}

@test "comments may stand wherever space may, and are none inside strings" {
	cat >c.json <<-'JSON'
		/* one */ { // two
		"async_buffer" /**/ : {"default": {"batch_do": {"command":
		["echo", "a//b", "/*c*/", "\"//" /* three
		lines */]}}}} // the end
	JSON
	printf '// no newline' >>c.json
	run -0 abuf -c c.json <<<x
	[ "$output" = 'a//b /*c*/ "//' ]
}

@test "a configuration may come through a pipe" {
	run -0 abuf -c <(echo '{"async_buffer": {"default": {}}}') -- cat <<<x
	[ "$output" = x ]
}

@test "a configuration that cannot be read is refused: 78" {
	run -78 abuf -c none -- cat <<<x
	[ "$output" = "abuf: config: none: No such file or directory" ]
	run -78 abuf -c . -- cat <<<x
	[ "$output" = "abuf: config: .: Is a directory" ]
}

@test "a misspelt key is refused with its place and the nearest" {
	refused '3:3: async_buffer.default.buffer_win_sise: unknown key, did you'\
' mean "buffer_win_size"?' <<-'JSON'
		{"async_buffer": {
		 "default": {
		  "buffer_win_sise": 5}}}
	JSON
}

@test "a key like no other is refused with those that are known" {
	refused '2:13: async_buffer.default.input.x: unknown key, allowed are:'\
' format, delimiter, header, skip_empty, max_record' <<-'JSON'
		{"async_buffer": {"default": {
		  "input": {"x": 1}}}}
	JSON
}

@test "a key that is there twice is refused at the second place" {
	refused '3:3: async_buffer.default.delay_do_ms: this key is here twice,'\
' allowed is one' <<-'JSON'
		{"async_buffer": {"default": {
		  "delay_do_ms": 1,
		  "delay_do_ms": 1}}}
	JSON
}

@test "a comment that is not closed is refused at its beginning" {
	refused '2:3: a comment is not closed' <<-'JSON'
		{"async_buffer": {
		  /* "default": {}
		}}
	JSON
}

@test "a number as a string is refused" {
	refused '2:1: async_buffer.default.buffer_win_size: a string is not'\
' allowed, expected a whole number from 1 to 1000000000, 0 or less for the'\
' default of 1000' <<-'JSON'
		{"async_buffer": {"default": {
		"buffer_win_size": "5"}}}
	JSON
}

@test "a number that a double cannot hold is refused, not rounded" {
	refused '1:31: async_buffer.default.delay_do_ms: out of range, expected'\
' a whole number from 1 to 31536000000, 0 or less for the default of 1000' \
		<<<'{"async_buffer": {"default": {"delay_do_ms": 9007199254740993}}}'
	refused '1:31: async_buffer.default.delay_do_ms: out of range, expected'\
' a whole number from 1 to 31536000000, 0 or less for the default of 1000' \
		<<<'{"async_buffer": {"default": {"delay_do_ms": -9007199254740993}}}'
}

@test "a fraction is refused" {
	refused '1:31: async_buffer.default.delay_do_ms: not a whole number,'\
' expected a whole number from 1 to 31536000000, 0 or less for the default'\
' of 1000' <<<'{"async_buffer": {"default": {"delay_do_ms": 1.5}}}'
}

@test "a shortest delay above the longest is refused, wherever that is from" {
	refused '3:3: async_buffer.default.batch_do.retry.delay_ms: 30001 is'\
' more than max_delay_ms, expected at most 30000' <<-'JSON'
		{"async_buffer": {"default": {"batch_do": {"retry": {
		  "attempts": 3,
		  "delay_ms": 30001}}}}}
	JSON
	refused '3:40: async_buffer.default.chs.c.batch_do.retry.max_delay_ms:'\
' 4 is less than delay_ms, expected at least 5' <<-'JSON'
		{"async_buffer": {"default": {
		  "batch_do": {"retry": {"delay_ms": 5}},
		  "chs": {"c": {"batch_do": {"retry": {"max_delay_ms": 4}}}}}}}
	JSON
}

@test "a map of exit statuses is refused with the entry that is wrong" {
	refused '2:16: async_buffer.default.batch_do.exit: "2:1=ok": the range'\
' 2:1 is empty, expected A:B with A at most B' <<-'JSON'
		{"async_buffer": {"default": {
		  "batch_do": {"exit": "75=hold, 2:1=ok"}}}}
	JSON
}

@test "a hint that does not compile is refused with the reason" {
	refused '2:16: async_buffer.default.batch_do.split_hint: "line ([0-9]+":'\
' Unmatched ( or \(' <<-'JSON'
		{"async_buffer": {"default": {
		  "batch_do": {"split_hint": "line ([0-9]+"}}}}
	JSON
}

@test "2000 brackets in each other are refused, not followed" {
	run -78 --separate-stderr abuf -c <(printf '{"async_buffer":'
		printf '[%.0s' {1..2000}
		printf ']%.0s' {1..2000}) -- cat <<<x
	[[ "$stderr" =~ ^abuf:\ config:\ [^:]+:1:[0-9]+:\ nested\ too\ deeply$ ]]
}

@test "an empty file is refused" {
	refused '1:1: empty, expected { "async_buffer": { ... } }' </dev/null
}

@test "what follows the end is refused" {
	refused '2:1: not JSON near here (a comma, colon, quote or bracket is'\
' missing or too many)' <<<$'{"async_buffer": {"default": {}}}\n}'
}

@test "a comment does not join what it separates" {
	refused '1:47: not JSON near here (a comma, colon, quote or bracket is'\
' missing or too many)' <<<'{"async_buffer": {"default": {"idle_ms": 1/**/2}}}'
}

@test "a value of the wrong type is refused with the right one" {
	refused '1:31: async_buffer.default.chs: an array is not allowed,'\
' expected an object' <<<'{"async_buffer": {"default": {"chs": []}}}'
	refused '1:41: async_buffer.default.input.skip_empty: a number is not'\
' allowed, expected true or false' \
		<<<'{"async_buffer": {"default": {"input": {"skip_empty": 1}}}}'
}

@test "a name that is none is refused" {
	refused '1:19: async_buffer.a b: not a name, allowed are 1 to 64 of'\
' A-Z a-z 0-9 . _ -' <<<'{"async_buffer": {"a b": {}}}'
}

@test "columns count characters, not bytes" {
	refused '1:19: drain: unknown key, allowed are: $schema, async_buffer,'\
' route, inputs, wal, follow, from, rotate_wait_ms, final, drain_ms, control,'\
' joblog, verbose, quiet, log_format, progress' \
		<<<'{"control": "ä→", "drain": 1, "async_buffer": {"b": {}}}'
}

@test "the example app.json is right, and so is what is printed of it" {
	abuf -c "$CONFIGS/app.json" --print-config >first
	abuf -c first --print-config | cmp - first
}

@test "what a file says about failed batches survives --print-config" {
	cat >c.json <<-'JSON'
		{"async_buffer": {"b": {"on_failure": "stop", "dead_letter": "d",
		  "dead_letter_max": "64M", "batch_do": {"exit": "2=hold",
		  "preset": "curl", "probe": "test -e up", "outage_after": null,
		  "split": true, "split_hint": "line ([0-9]+)"}}}}
	JSON
	abuf -c c.json -b b --print-config >first
	[ "$(grep -cE '"(dead_letter_max": 67108864|outage_after": null),' first)" = 2 ]
	[ "$(grep -cE '"(stop|d|2=hold|curl|test -e up|line .*)",' first)" = 6 ]
	abuf -c first -b b --print-config | cmp - first
}

@test "the schema and abuf agree on every key, type and range" {
	run -0 python3 "$BATS_TEST_DIRNAME/schema.py" "$BUILD/abuf" 3>&-
	[[ "${lines[-1]}" =~ ^[0-9]+\ accepted,\ [0-9]+\ refused\ by\ the\ schema$ ]]
}

@test "inputs, but no buffers: 78 with the place, no crash" {
	echo '{"inputs": [{"path": "x"}]}' >c.json
	run -78 abuf -c c.json -- cat
	[[ "$output" == *": async_buffer: missing, expected "* ]]
}
