# Routing: records that say themselves where they go.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# route JSON: a configuration with that route.  What a channel gets is in the
# file of its name.  EVERY, LOGS and REST are keys of buffers: '"key": 1,'
route() {
	cat >c.json <<JSON
{"route": $1, "async_buffer": {
  "logs": {${EVERY:-} ${LOGS:-} "batch_do": {"command": "cat >>logs"}},
  "jobs": {${EVERY:-} "batch_do": {"command": "cat >>\"\$ABUF_CHANNEL\""},
    "chs": {"fast": {}, "slow": {}}},
  "rest": {${EVERY:-} ${REST:-} "batch_do": {"command": "${DO:-} cat >>rest"}}}}
JSON
}

# lines_of FILE LINE ...: FILE has just these
lines_of() {
	printf '%s\n' "${@:2}" | cmp - "$1"
}

# entries FILTER: so many dead letters fulfil jq's filter
entries() {
	cat "$DEAD"/*.json | jq -s "map(select($1)) | length"
}

# aside STAGE LINE ...: just these records were set aside, at that stage
aside() {
	cat "$DEAD"/*.batch | sort | cmp - <(printf '%s\n' "${@:2}" | sort)
	[ "$(entries ".stage == \"$1\" and .records == 1")" = \
		$(($# - 1)) ]
}

# ends STATUS: the input is over, and abuf exits so
ends() {
	abuf_end
	wait_abuf
	[ "$STATUS" -eq "$1" ]
}

# --- tagged ---

@test "tagged: BUFFER or BUFFER/CHANNEL and a tab are taken off" {
	route '"tagged"'
	printf '%s\n' $'logs\ta' $'jobs\tb' $'jobs/slow\tc' $'logs\t\td e' \
		$'jobs/fast\tf' $'logs\t' >input
	run -0 abuf -c c.json input
	lines_of logs a $'\td e' ''
	lines_of fast b f
	lines_of slow c
	[ ! -e rest ]
}

@test "tagged: what has no target is set aside alone, with line and reason" {
	route '"tagged"'
	printf '%s\n' $'logs\ta' $'none\tb' 'no tab' $'jobs/none\tc' \
		$'\td' $'logs/\te' $'logs\tz' >input
	run -65 abuf -c c.json input
	lines_of logs a z
	aside route $'none\tb' 'no tab' $'jobs/none\tc' $'\td' $'logs/\te'
	[[ "${lines[0]}" == "abuf: input: record 2: no such buffer or channel:\
 set aside: $DEAD/"*.batch ]]
	[[ "${lines[1]}" == "abuf: input: record 3: it does not begin with a tag\
 and a tab: set aside: $DEAD/"*.batch ]]
	[ "$(entries '.why == "no such buffer or channel"')" = 4 ]
}

@test "tagged: a tab far behind is none of a tag" {
	route '"tagged"'
	printf '%0200d\tx\nlogs\ta\n' 0 >input
	run -65 abuf -c c.json input
	aside route "$(head -n 1 input)"
	lines_of logs a
}

@test "tagged: else gets the record as it was, with its tag" {
	route '{"tagged": true, "else": "jobs/slow"}'
	printf '%s\n' $'logs\ta' $'none\tb' 'no tab' '' >input
	run -0 abuf -c c.json input
	lines_of logs a
	lines_of slow $'none\tb' 'no tab' ''
}

@test "tagged: a last record without its newline gets one" {
	route '"tagged"'
	printf 'logs\ta\nlogs\tb' | abuf -c c.json
	lines_of logs a b
}

@test "tagged: records may end in NUL and hold newlines" {
	route '"tagged"'
	printf 'logs\ta\nb\0rest\tc\0' >input
	run -0 abuf -c c.json -b logs -0 input
	printf 'a\nb\0' | cmp - logs
	printf 'c\0' | cmp - rest
}

@test "tagged: a record beyond --max-record is refused, whatever its tag" {
	route '"tagged"'
	printf 'logs\t%0100d\nlogs\ta\n' 0 >input
	run -65 abuf -c c.json -b logs --max-record 64 input
	aside record "$(head -n 1 input)"
	lines_of logs a
}

@test "--route tagged on the command line, one buffer, any COMMAND" {
	printf 'default\ta\ndefault/default\tb\nother\tc\n' >input
	run -65 --separate-stderr abuf --route tagged input -- cat
	[ "$output" = $'a\nb' ]
	aside route $'other\tc'
}

# --- field ---

@test "field: the value of a path names the target" {
	route '{"field": "to.where"}'
	printf '%s\n' '{"to": {"where": "logs"}}' \
		'{"where": "rest", "to": {"x": [{}, "}"], "where": "jobs/slow"}}' \
		' { "to" : { "where" : "\u006cogs" } } ' >input
	run -0 abuf -c c.json input
	lines_of logs "$(sed -n 1p input)" "$(sed -n 3p input)"
	lines_of slow "$(sed -n 2p input)"
}

@test "field: a map has values of all kinds, as text" {
	route '{"field": "k", "map": {"7": "logs", "true": "jobs", "a\"b": "rest",
		"ä": "jobs/slow"}}'
	printf '%s\n' '{"k":7}' '{"k":"7"}' '{"k":true}' '{"k":"a\"b"}' \
		'{"k":"\u00e4"}' '{"k":"ä"}' >input
	run -0 abuf -c c.json input
	lines_of logs '{"k":7}' '{"k":"7"}'
	lines_of fast '{"k":true}'
	lines_of rest '{"k":"a\"b"}'
	lines_of slow '{"k":"\u00e4"}' '{"k":"ä"}'
}

@test "field: null, missing, no JSON, not in the map: each with its reason" {
	route '{"field": "k", "map": {"a": "logs"}}'
	printf '%s\n' '{"k":null}' '{"x":"a"}' 'k=a' '{"k":"logs"}' '["k"]' \
		'{"k":"a"}' >input
	run -65 abuf -c c.json input
	lines_of logs '{"k":"a"}'
	aside route '{"k":null}' '{"x":"a"}' 'k=a' '{"k":"logs"}' '["k"]'
	[[ "${lines[0]}" == *": record 1: the field is null: set aside: "* ]]
	[[ "${lines[1]}" == *": record 2: it has no such field: set aside: "* ]]
	[[ "${lines[3]}" == *": record 4: no target for this value: set aside: "* ]]
}

@test "field: else gets what the map does not know, and what is no JSON" {
	route '{"field": "k", "map": {"a": "logs"}, "else": "rest"}'
	printf '%s\n' '{"k":"b"}' 'torn {"k' '{"k":"a"}' '{}' >input
	run -0 abuf -c c.json input
	lines_of logs '{"k":"a"}'
	lines_of rest '{"k":"b"}' 'torn {"k' '{}'
}

@test "field: of values of JSON, however they are laid out" {
	route '{"field": "k"}'
	printf '{"n":\n1, "k":\n"logs"}{"k": "rest"}[]' >input
	run -65 abuf -c c.json -b logs --input-format json-seq input
	lines_of logs '{"n": 1, "k": "logs"}'
	lines_of rest '{"k": "rest"}'
	aside route '[]'
}

@test "--route field=PATH beats the file's route" {
	route '"tagged"'
	run -0 abuf -c c.json --route field=k <<<'{"k":"jobs/slow"}'
	lines_of slow '{"k":"jobs/slow"}'
	run -64 abuf -c c.json --route field= <<<x
	run -64 abuf -c c.json --route nowhere <<<x
	[ "$output" = 'abuf: --route: "nowhere" is not tagged, field=PATH or column=N' ]
}

# --- column ---

@test "column: of CSV, quotes taken off, quoted newlines and commas inside" {
	route '{"column": 2, "map": {"a,b": "logs", "c\"d": "rest"},
		"else": "jobs"}'
	printf '%s\n' '1,"a,b",x' $'"2\n2",b,x' $'3,"c""d","\n"' '4,"a"' >input
	run -0 abuf -c c.json -b logs --input-format csv input
	lines_of logs '1,"a,b",x'
	lines_of rest $'3,"c""d","\n"'
	lines_of fast $'"2\n2",b,x' '4,"a"'
}

@test "column: of tab-separated values, where quotes are data" {
	route '{"column": 2}'
	printf '%s\n' $'"\tlogs\tx' $'a"b\tjobs/slow' $'\trest\t"' >input
	run -0 abuf -c c.json input
	lines_of logs $'"\tlogs\tx'
	lines_of slow $'a"b\tjobs/slow'
	lines_of rest $'\trest\t"'
}

@test "column: another separator, a carriage return, an empty column" {
	route '{"column": 3, "separator": ";", "map": {"": "logs", "b": "rest"}}'
	printf '%s\n' 'x;y;' $'x;y;b\r' $'x;y;\r' >input
	run -0 abuf -c c.json input
	lines_of logs 'x;y;' $'x;y;\r'
	lines_of rest $'x;y;b\r'
}

@test "column: too few are set aside with the reason" {
	run -65 abuf --route column=3 -b c --input-format csv -- cat \
		<<<$'a,b,c\na,b'
	[[ "$output" == *"abuf: stdin: record 2: it has too few columns: set aside:"* ]]
	aside route 'a,b'
}

# --- lanes ---

@test "a lane that records may come to needs a command: 78, nothing is read" {
	echo '{"route": {"field": "k", "map": {"a": "one", "b": "two"}},
		"async_buffer": {"one": {"batch_do": {"command": "cat"}}, "two": {},
		"never": {}}}' >c.json
	{
		run -78 abuf -c c.json
		[ "$(cat)" = x ]
	} < <(echo x)
	[ "$output" = "abuf: channel default of buffer two: no command: add\
 batch_do.command, or -- COMMAND" ]
	run -0 abuf -c c.json -- echo given <<<'{"k":"b"}'
	[ "$output" = given ]
}

@test "COMMAND is for every lane without one of its own" {
	route '"tagged"'
	sed -i 's/"logs": {.*/"logs": {}, "more": {"chs": {"x": {}, "y": {}}},/
		s/"slow": {}/"slow": {"batch_do": {"command": "cat >>own"}}/
		s/"jobs": {[^,]*,/"jobs": {/' c.json
	printf '%s\n' logs more/x more/y jobs/fast jobs/slow rest | sed 's/$/\tr/' |
		abuf -c c.json -- sh -c 'cat >>"$ABUF_BUFFER.$ABUF_CHANNEL"'
	lines_of logs.default r
	lines_of more.x r
	lines_of more.y r
	lines_of jobs.fast r
	lines_of own r
	lines_of rest r
}

@test "each lane has its own windows, and its own numbers" {
	REST='"buffer_win_size": 2,' route '"tagged"'
	for i in 1 2 3; do printf 'rest\t%d\nlogs\t%d\n' $i $i; done >input
	run -0 abuf -c c.json --joblog log input
	paste -d ' ' <(joblog_column log batch_id | cut -d . -f 2-) \
		<(joblog_column log reason) <(joblog_column log records) | sort >told
	lines_of told '1.1 eof 3' '4.1 size 2' '4.2 eof 1'
}

# bats test_tags=threads
@test "a lane that hangs: what came before its next record is delivered" {
	EVERY='"delay_do_ms": 1,' REST='"buffer_win_size": 1,' \
		DO='hold-until go' route '"tagged"'
	abuf_start -c c.json --control s
	printf '%s\t1\n' rest logs rest jobs logs rest logs >&9
	wait_for 10 has_lines logs 2
	wait_for 10 has_lines fast 1
	wait_for 10 status_is '.totals.records == 5'
	touch go
	ends 0
	lines_of logs 1 1 1 && lines_of rest 1 1 1
}

@test "on_failure drop: what has no target is told and forgotten, status 1" {
	LOGS='"on_failure": "drop",' route '"tagged"'
	run -1 abuf -c c.json -b logs <<<$'none\ta\nlogs\tb'
	[ "$output" = "abuf: stdin: record 1: no such buffer or channel: dropped" ]
	lines_of logs b
	[ -z "$(find "$DEAD" -type f)" ]
	run -1 --separate-stderr abuf -c c.json --dry-run <<<$'none\ta'
	[[ $stderr == *": no such buffer or channel: would be dropped" ]]
}

@test "--dry-run says what would be set aside, and does not: 65" {
	route '"tagged"'
	run -65 --separate-stderr abuf -c c.json --dry-run <<<$'none\ta\nlogs\tb'
	[ "$stderr" = "abuf: stdin: record 1: no such buffer or channel: would be set aside" ]
	[[ $output == logs$'\t'*$'\t1\teof\t1\t2' ]]
	[ -z "$(find "$DEAD" -type f)" ]
}

@test "a command that is not found is told with its channel, if there are several" {
	echo '{"async_buffer": {"default": {"dispatch": "all", "chs": {
		"a": {"batch_do": {"command": ["cat"]}},
		"b": {"batch_do": {"command": ["no-such"]}}}}}}' >c.json
	run -127 abuf -c c.json </dev/null
	[ "$output" = "abuf: channel b of buffer default: no-such: command not found" ]
	run -78 abuf -c c.json --format csv -- cat </dev/null
	[[ $output == "abuf: channel a of buffer default: format: csv: no columns given"* ]]
}

# bats test_tags=threads
@test "abufctl status counts each lane exactly, and what has no target" {
	REST='"on_failure": "drop",' DO='exit 65;' \
		route '{"tagged": true, "else": "jobs"}'
	abuf_start -c c.json --control s
	printf '%s\n' $'logs\t12' $'logs\t34' $'jobs/slow\t5' none $'rest\t' >&9
	wait_for 10 status_is '.totals.delivered_records == 4'
	wait_for 10 status_is '.totals.dropped_records == 1'
	status_is '[.buffers[].channels[].totals | [.records, .bytes,
		.delivered_records, .delivered_bytes, .dropped_records]] ==
		[[2,6,2,6,0],[1,5,1,5,0],[1,2,1,2,0],[1,1,0,0,1]]'
	status_is '.totals | .records == 5 and .bytes == 14 and
		.aside_records == 0 and .refused_records == 0'
	ends 1
}

# bats test_tags=threads
@test "abufctl status counts what has no target in the first lane" {
	route '"tagged"'
	abuf_start -c c.json --control s
	printf '%s\n' $'rest\t1' none $'none\t2' $'rest\t3' >&9
	wait_for 10 status_is '.totals.delivered_records == 2'
	status_is '.totals | .records == 2 and .refused_records == 2 and
		.aside_records == 2'
	status_is '.buffers[0].channels[0].totals | .refused_records == 2'
	ends 65
}

# bats test_tags=threads
@test "a stop delivers what every lane has, the record at hand included" {
	EVERY='"delay_do_ms": 3600000,' route '"tagged"'
	abuf_start -c c.json --control s
	printf '%s\n' $'rest\t1' $'logs\t2' $'jobs\t3' >&9
	printf 'jobs/slo' >&9
	wait_for 10 status_is '.totals.records == 3'
	wait_for 10 all_read
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering' err
	printf 'w\t4\nlogs\t5\n' >&9
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cat rest logs fast slow | tr '\n' ' ' | grep -x '1 2 3 4 '
}

# bats test_tags=threads
@test "on_failure stop in one buffer ends the run, and every lane accounts" {
	LOGS='"on_failure": "stop", "buffer_win_size": 1,' route '"tagged"'
	sed -i 's/"cat >>logs"/["store-good", "logs"]/' c.json
	printf '%s\n' $'logs\ta' $'rest\tb' $'logs\tbad' $'rest\tc' $'logs\td' >input
	run -65 abuf -c c.json input
	[[ "$output" == *"stop: --on-failure stop: nothing more is started"* ]]
	lines_of logs a
	cat logs rest "$DEAD"/*.batch 2>cat.err | sed 's/.*\t//' | sort |
		cmp - <(printf '%s\n' a b bad c d)
}

@test "--dry-run says which records would go nowhere, and sets nothing aside" {
	echo '{"route":"tagged","async_buffer":{"a":{}}}' >conf
	printf 'a\tx\nno tag\n' >input
	run -65 --separate-stderr abuf -c conf --dry-run input
	[[ $stderr == "abuf: input: record 2: "*": would be set aside" ]]
	[ "${output%%$'\t'*}" = a ] && [ -z "$(ls "$DEAD" 2>/dev/null)" ]
}

# Each is synced to the disk, by the loop.
@test "signals are heard while thousands of records go nowhere" {
	route '"tagged"'
	yes none | head -n 30000 >bad
	abuf_start -c c.json bad
	wait_for 30 has_lines err 20
	kill -s USR2 "$ABUF_PID"
	wait_for 2 grep -q '^abuf: status: ' err
	kill -s TERM "$ABUF_PID"
	wait_for 2 grep -q 'set aside: ' err
	kill -s INT "$ABUF_PID"
	wait_for 5 process_is_gone "$ABUF_PID"
	wait "$ABUF_PID" || true
	ABUF_PID=
	cat "$DEAD"/*.batch | cmp - bad
}

@test "-t 0: a lane that hangs keeps no record in the window of another" {
	cat >c.json <<-'JSON'
		{"route": "tagged", "async_buffer": {
		  "slow": {"buffer_win_size": 1,
		    "batch_do": {"command": "hold-until go; cat >>slow"}},
		  "fast": {"flush_when_idle": true, "delay_do_ms": 0,
		    "batch_do": {"command": "cat >>fast"}}}}
	JSON
	abuf_start -c c.json
	printf '%s\n' slow$'\t'{1,2} fast$'\t3' slow$'\t'{4,5} >&9
	wait_for 10 lines_of fast 3
	touch go
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ] && lines_of slow 1 2 4 5
}

# A window has room reserved for 64 KiB: those of logs take all there is.
@test "TMPDIR full of another lane's window: that closes, and all goes on" {
	unshare -Urm true || skip "no user namespaces"
	EVERY='"buffer_win_bytes": 0, "buffer_win_size": 1000000,
		"delay_do_ms": 3600000,' route '"tagged"'
	{ seq 10000 20000 | sed 's/^/logs\tsome more /'; echo $'rest\t1'; } >input
	mkdir full
	run -0 timeout -k 5 20 unshare -Urm bash -ec '
		mount -t tmpfs -o size=192k none full
		TMPDIR=$PWD/full "$BUILD/abuf" -c c.json input' 3>&-
	[[ "$output" == *"No space left on device: waiting for space" ]]
	lines_of rest 1 && seq 10000 20000 | sed 's/^/some more /' | cmp - logs
}
