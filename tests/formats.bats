# What the command gets for the records of a batch: formats, frames,
# compression, and what becomes of records that cannot be formatted.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

# Four records, the second of which is no JSON.
make_events() {
	printf '%s\n' '{"id":1,"user":{"name":"a\tb"}}' 'not JSON' '{"id":2}' \
		'{"user":{"name":"x,\"y\""},"id":12345678901234567890}' >events
}

# formatted OPTION ...: what one command gets for the events in one batch.
formatted() {
	make_events
	run -65 --separate-stderr abuf -n 10 "$@" events -- cat
}

# --- formats ---

@test "--format json: lines that are JSON are passed on as they are, others set aside" {
	formatted --format json
	[ "$output" = "$(sed 2d events)" ]
	[ "$(entries)" = 1.1.r2 ]
	[ "$(cat "$DEAD"/*.batch)" = 'not JSON' ]
}

@test "--format copy escapes columns for COPY; what is missing is \\N" {
	formatted --format copy --columns id,user.name
	[ "$output" = $'1\ta\\tb\n2\t\\N\n12345678901234567890\tx,"y"' ]
}

@test "--format copy without columns is each line as one column" {
	printf 'a\tb\n\\.\nc\\d\n' >input
	run -0 abuf --format copy input -- cat
	[ "$output" = $'a\\tb\n\\\\.\nc\\\\d' ]
}

@test "--format csv and tsv are rows of columns" {
	formatted --format csv --columns id,user.name
	[ "$output" = $'1,a\tb\n2,\n12345678901234567890,"x,""y"""' ]
	formatted --format tsv --columns id,user.name
	[ "$output" = $'1\ta\\tb\n2\t\n12345678901234567890\tx,"y"' ]
}

@test "--resp is a command for each record, with exact lengths" {
	formatted --resp 'SET {id} {user.name}'
	printf '*3\r\n$3\r\nSET\r\n$1\r\n1\r\n$3\r\na\tb\r\n' >want
	printf '*3\r\n$3\r\nSET\r\n$1\r\n2\r\n$0\r\n\r\n' >>want
	printf '*3\r\n$3\r\nSET\r\n$20\r\n12345678901234567890\r\n$5\r\nx,"y"\r\n' >>want
	[ "$output" = "$(cat want)" ]
}

@test "without a format bytes are untouched, whatever ends records" {
	random-bytes 3 100000 input >/dev/null
	abuf -0 -n 50 input -- cat | cmp - <(cat input; printf '\0')
	abuf -d x -n 50 input -- cat | cmp - <(cat input; printf x)
}

@test "records that end in NUL become lines of JSON" {
	run -0 abuf -0 --format json -- cat < <(printf '1\0{\n}\0')
	[ "$output" = $'1\n{ }' ]
}

# --- frames ---

@test "--frame null ends each record with a NUL" {
	formatted --format json --frame null
	abuf --frame null events -- tr '\0' '@' >out
	[ "$(cat out)" = "$(paste -sd @ events)@" ]
}

@test "--frame json-array makes each batch one array" {
	make_events
	run -65 --separate-stderr abuf -n 3 --format json --frame json-array events -- cat
	[ "$output" = "[$(sed -n 1p events),$(sed -n 3p events)]"$'\n'"[$(sed -n 4p events)]" ]
}

@test "--prefix, --separator and --suffix stand around each batch" {
	run -0 abuf -n 2 --prefix '<\t' --separator ', ' --suffix '>\x0a' -- cat < <(seq 3)
	[ "$output" = $'<\t1, 2>\n<\t3>' ]
}

@test "a raw record that has the separator in it is set aside" {
	run -65 --separate-stderr abuf --separator ', ' -- cat < <(printf 'a\nb, c\nd\n')
	[ "$output" = 'a, d' ]
	entry_has .r2 '.stage == "format" and .bytes == 5 and
		.why == "it has the separator of rows in it"'
}

# --- compression ---

@test "--compress gzip and zstd: the command gets the same, compressed" {
	seq 100000 >input
	abuf -n 30000 --compress gzip input -- zcat | cmp - input
	abuf -n 30000 --compress zstd input -- zstd -dc | cmp - input
	abuf -s 0 -n 30000 --compress gzip --format json input -- zcat | cmp - input
}

@test "a compressed batch is the same bytes each time, and says how many" {
	seq 1000 >input
	run -0 abuf --compress gzip --retry-delay 1ms..1ms input -- sh -c '
		cat >try.$ABUF_ATTEMPT
		echo $ABUF_BATCH_RECORDS $ABUF_BATCH_BYTES
		[ "$ABUF_ATTEMPT" -eq 3 ] || exit 75'
	[ "${lines[0]}" = "1000 $(stat -c %s try.1)" ]
	cmp try.1 try.2 && cmp try.2 try.3
}

# --- headers ---

@test "a header is in front of each batch; RECORDS do not count it, BYTES do" {
	run -0 abuf --header 1 -n 2 --joblog job.log -- \
		sh -c 'cat; echo $ABUF_BATCH_RECORDS $ABUF_BATCH_BYTES' < <(printf '%s\n' h 1 2 3)
	[ "$output" = $'h\n1\n2\n2 6\nh\n3\n1 4' ]
	[ "$(joblog_column job.log records | paste -sd ' ')" = "2 1" ]
}

@test "a header stands between frames like a record, and is compressed with them" {
	printf '%s\n' h 1 2 3 >input
	run -0 abuf --header 1 -n 2 --prefix '<' --separator ', ' --suffix '>' input -- cat
	[ "$output" = "<h, 1, 2><h, 3>" ]
	run -0 abuf --header 1 -n 2 --compress gzip input -- zcat
	[ "$output" = $'h\n1\n2\nh\n3' ]
}

@test "CSV with a header and quoted newlines: parts of a split are whole" {
	printf 'id,text\n1,"a\nb"\n2,"bad\n2"\n3,"\n"\n4,d\n' >input
	run -65 abuf --input-format csv --header 1 --split input -- \
		sh -c '! grep -q "^2,\"bad" /dev/stdin || exit 65; sed 1d /dev/stdin >>stored'
	[ "$(cat stored)" = $'1,"a\nb"\n3,"\n"\n4,d' ]
	[ "$(cat "$DEAD"/*.r2.batch)" = $'id,text\n2,"bad\n2"' ]
	entry_has .r2 '.records == 1'
}

@test "--split-hint: the header is a line to the command, and no record" {
	printf '%s\n' h 1 bad2 3 >input
	run -65 abuf --header 1 --split-hint 'line ([0-9]+)' --joblog job.log input -- \
		store-good stored
	[ "$(joblog_column job.log records | paste -sd ' ')" = "3 1 1 1" ]
	[ "$(cat "$DEAD"/*.r2.batch)" = $'h\nbad2' ]
}

@test "what the command names are records, whatever header it got" {
	printf '%s\n' h 1 bad2 3 >input
	run -65 abuf --header 1 input -- sh -c '
		[ "$ABUF_BATCH_RECORDS" -eq 2 ] || { echo 2 >&"$ABUF_REJECT_FD"; exit 65; }; cat'
	[ "$(cat "$DEAD"/*.r2.batch)" = $'h\nbad2' ]
}

# --- counts ---

@test "ABUF_BATCH_RECORDS and BYTES are what the command gets" {
	make_events
	run -65 --separate-stderr abuf --format copy --columns id --joblog job.log \
		events -- sh -c 'echo $ABUF_BATCH_RECORDS $ABUF_BATCH_BYTES $(wc -lc)'
	[ "$output" = "3 25 3 25" ]
	[ "$(joblog_column job.log records) $(joblog_column job.log bytes)" = "3 25" ]
}

@test "a retry gets the same bytes under the same id, formatted once" {
	make_events
	run -65 abuf --format csv --columns id --retry-delay 1ms..1ms --joblog job.log \
		events -- sh -c 'cat >try.$ABUF_ATTEMPT; [ "$ABUF_ATTEMPT" -eq 3 ] || exit 75'
	[ "$(cat try.1)" = $'1\n2\n12345678901234567890' ]
	cmp try.1 try.2 && cmp try.2 try.3
	[ "$(joblog_column job.log batch_id | sort -u | wc -l)" -eq 1 ]
	[ "$(entries)" = 1.1.r2 ]
}

# --- records that are refused ---

@test "a refused record is told, with the reason and where it is" {
	formatted --format json
	id=$(basename "$DEAD"/*.batch .batch)
	[ "$stderr" = "abuf: batch: $id: format: an unknown word: 1 record set aside: $DEAD/$id.batch" ]
}

@test "its dead letter has the line as it was read, the stage and the reason" {
	formatted --format copy --columns id
	id=$(basename "$DEAD"/*.batch .batch)
	[ "$(cat "$DEAD/$id.batch")" = 'not JSON' ]
	holds_for '.id == $id and .batch_id == $id and
		.stage == "format" and .why == "not a JSON object" and .records == 1 and
		.bytes == 9 and .attempts == 0 and .status == null and .stderr == "" and
		.delimiter == 10 and .seq == 1 and .window_reason == "eof"' --arg id "$id" "$DEAD/$id.json"
}

@test "a batch of which nothing is left is done without a command" {
	run -65 abuf -n 2 --format json --joblog job.log -- touch ran < <(yes no | head -n 5)
	[ ! -e ran ]
	[ -z "$(joblog_column job.log batch_id)" ]
	[ "$(entries)" = "1.1.r1 1.1.r2 1.2.r1 1.2.r2 1.3.r1" ]
}

@test "--on-failure drop: what is refused is dropped, told and counted" {
	make_events
	run -1 --separate-stderr abuf --on-failure drop --format json events -- cat
	[ "$output" = "$(sed 2d events)" ]
	[[ $stderr == "abuf: batch: "*".1.1.r2: format: an unknown word: 1 record dropped" ]]
	[ ! -e "$DEAD" ]
}

@test "--on-failure stop: a refused record ends the run, and all of it is kept" {
	make_events
	run -65 abuf -n 3 --on-failure stop --format copy --columns id events -- touch ran
	[ ! -e ran ]
	[ "$(cat "$DEAD"/*.1.1.r2.batch)" = 'not JSON' ]
	[ "$(cat "$DEAD"/*.1.1.batch)" = $'1\n2' ]
	cat "$DEAD"/*.batch | grep -c 12345678901234567890
}

@test "records refused by the thousand are all kept, and the others delivered" {
	seq 3000 | sed '0~2s/$/ x/' >input
	run -65 abuf -n 3000 --format json --frame null input -- sh -c 'tr "\0" "\n" >out'
	[ "$(cat out)" = "$(seq 1 2 3000)" ]
	cat "$DEAD"/*.batch | sort -n | cmp - <(sed -n '0~2p' input)
	[ "$(find "$DEAD" -name '*.1.1.r*.batch' | wc -l)" -eq 1500 ]
}

# --- bad records of the command ---

@test "--split bisects formatted batches; each part is formatted anew" {
	seq 40 | sed 's/^/{"a":"/;s/$/"}/;s/"7"/"bad7"/;s/"33"/"bad33"/;5s/$/ x/' >input
	run -65 abuf --split --format tsv --columns a input -- store-good stored
	[ "$(cat stored)" = "$(seq 40 | grep -vx -e 5 -e 7 -e 33)" ]
	[ "$(entries)" = "1.1.r33 1.1.r5 1.1.r7" ]
	[ "$(cat "$DEAD"/*.r7.batch)" = bad7 ]
	entry_has .r7 '.stage == "command" and .records == 1'
}

@test "--split of arrays gives arrays" {
	seq 9 >input
	run -65 abuf --split --format json --frame json-array input -- \
		sh -c '! grep -qw 5 /dev/stdin || exit 65; cat /dev/stdin >>all'
	[ "$(jq -c '.[]' all | paste -sd ' ')" = "1 2 3 4 6 7 8 9" ]
	[ "$(cat "$DEAD"/*.r5.batch)" = '[5]' ]
}

@test "what the command names counts the records that it got" {
	printf '%s\n' x '{"a":"1"}' y '{"a":"bad2"}' '{"a":"3"}' >input
	run -65 abuf --format tsv --columns a input -- name-bad stored
	[ "$(cat stored)" = $'1\n3' ]
	[ "$(entries)" = "1.1.r1 1.1.r3 1.1.r4" ]
	entry_has .r4 '.stage == "command" and .stderr == "this is bad2"'
}

@test "--split-hint counts the lines that the command got" {
	printf '%s\n' x '{"a":"1"}' '{"a":"bad2"}' '{"a":"3"}' >input
	run -65 abuf --split-hint 'line ([0-9]+)' --format tsv --columns a --joblog job.log \
		input -- store-good stored
	[ "$(cat stored)" = $'1\n3' ]
	[ "$(joblog_column job.log records | paste -sd ' ')" = "3 1 1 1" ]
}

# --- dead letters ---

@test "what is set aside is what the command got" {
	make_events
	run -65 abuf --format json --frame json-array events -- \
		sh -c 'cat >got; exit 65'
	cmp got "$DEAD"/*.1.1.batch
	entry_has .1.1 '.stage == "command" and .records == 3'
}

@test "abufctl dead replay sends the formatted bytes" {
	make_events
	run -65 abuf --compress gzip --format csv --columns id events -- \
		sh -c 'cat >got; exit 65'
	run -65 abufctl dead replay -- sh -c 'cat >again.$ABUF_BATCH_SEQ.$(basename $ABUF_BATCH_ID)
		[ "${ABUF_BATCH_ID##*.}" != r2 ]'
	cmp got again.1.*.1.1
	[ "$(cat again.*.r2)" = 'not JSON' ]
}

@test "abufctl dead replay asks for a command for what was never formatted" {
	formatted --format json
	run -65 abufctl dead replay
	[[ $output == *": stage format, no command has had it: give one after --: kept" ]]
	run -0 abufctl dead ls
	[[ $output == *" format "* ]]
	run -0 abufctl dead show
	[[ $output == *$'\n  stage      format\n'* ]]
}

@test "what a stop leaves is formatted before it is set aside" {
	make_events
	abuf_start -n 1 --ch-len 10 --drain 1ms --format copy --columns id -- \
		hold-until never true
	cat events >&9
	wait_for 10 [ -e held.1 ]
	wait_for 10 all_read
	abuf_stop TERM
	[ "$(cat "$DEAD"/*.1.[13].batch | sort)" = $'1\n2' ]
	[ "$(cat "$DEAD"/*.1.2.r1.batch)" = 'not JSON' ]
	entry_has .1.2.r1 '.stage == "format"'
}

# --- files and memory ---

@test "windows on disk: formatted batches are on disk, too" {
	seq 200000 >input
	abuf -s 0 -n 200000 --format copy input -- sh -c '
		case $(readlink /proc/self/fd/0) in /memfd:*) exit 9 ;; esac; cat' |
		cmp - input
}

@test "memory does not grow with the batch" {
	yes '{"id":1,"text":"some text that is not short"}' | head -n 1000000 >input
	abuf_start -s 0 -n 1000000 --format copy --columns id,text input -- \
		sh -c "sed -n 's/^VmHWM:[^0-9]*//p' /proc/\$PPID/status >peak"
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(sed 's/ kB//' peak)" -le 8192 ] || is_sanitized
}

# --- wrong configuration ---

# wrong TEXT OPTION ...: 78 with that message, nothing read and nothing run
wrong() {
	run -78 --separate-stderr abuf "${@:2}" -- touch ran < <(echo x)
	[ "$stderr" = "abuf: $1" ] && [ ! -e ran ]
}

@test "formats, frames and columns that do not go together are wrong" {
	wrong 'format: csv: no columns given, such as id,user.name' --format csv
	wrong 'frame: json-array goes with the format json only' --frame json-array
	wrong 'frame: rows of resp have nothing around them' --resp PING --frame null
	wrong 'format: columns "id,id": "id" is there twice' --format copy --columns id,id
}
