# Framing: where records of CSV and of JSON end, and what heads a batch.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# table ROWS: the file input, CSV with all that quotes allow, and a header;
# the file rows has its records as JSON
table() {
	echo "seed ${SEED:=$RANDOM}"
	python3 - "$1" "$SEED" <<'PY'
import csv, json, random, sys
random.seed(int(sys.argv[2]))
pieces = ["a", ",", "\n", '"', "\r\n", '""', ";", "\t", "ä", "\n\n", " ", "\\"]
rows = [["id", "text,\nof it"]]
for i in range(int(sys.argv[1])):
    rows.append([str(i), "".join(random.choices(pieces, k=random.randrange(9)))])
with open("input", "w", newline="") as out:
    for row in rows:
        end = random.choice(["\n", "\r\n"])
        csv.writer(out, lineterminator=end).writerow(row)
json.dump(rows, open("rows", "w"))
PY
}

# batches_are_whole [HEADER]: batch.* hold the rows of input, all of them, in
# order, as many as the joblog says; with HEADER 1 each begins with the first
batches_are_whole() {
	joblog_column log records >counts
	python3 - "${1:-0}" <<'PY'
import csv, glob, json, sys
rows, header = json.load(open("rows")), int(sys.argv[1])
found = rows[:header]
for path, count in zip(sorted(glob.glob("batch.*")), open("counts"), strict=True):
    batch = list(csv.reader(open(path, newline="", encoding="utf-8"), strict=True))
    assert batch[:header] == rows[:header], path
    assert len(batch) - header == int(count), path
    found += batch[header:]
assert found == rows
PY
}

# read_csv OPTION ...: the file input to batch.*, told in log
read_csv() {
	rm -f log batch.*
	abuf --input-format csv --joblog log "$@" input -- save-batch
}

entry_has() {
	holds_for "$1" "$DEAD"/*.json
}

# --- csv ---

@test "csv: no window cuts a row, whatever its size" {
	table 50
	for option in '-n 1' '-n 2' '-n 3' '-n 7' '-n 50' '-n 51' '-n 1000' \
		'-s 10' '-s 40' '-s 200' '-s 4K'; do
		# shellcheck disable=SC2086
		read_csv $option
		batches_are_whole
	done
}

@test "csv: no read cuts a row, whatever comes at once" {
	table 60
	perl -e '$| = 1; local $/ = \1; while (<STDIN>) { print;
		select(undef, undef, undef, 0.0001) if rand() < 0.2 }' <input |
		abuf --input-format csv --joblog log -n 9 -- save-batch
	batches_are_whole
}

@test "csv: a last row without its newline gets one" {
	printf 'a,"b\nc"' >input
	read_csv
	printf 'a,"b\nc"\n' | cmp - batch.000001
	[ "$(joblog_column log records)" = 1 ]
}

@test "csv: a quote that does not close is set aside, the rest delivered" {
	printf 'a,1\nb,"2\nc,3\n' >input
	run -65 read_csv
	[[ "$output" == "abuf: input: record 2: a quote that does not close: set aside: "* ]]
	[ "$(cat batch.000001)" = a,1 ]
	printf 'b,"2\nc,3\n' | cmp - "$DEAD"/*.batch
	entry_has '.stage == "record" and .records == 1'
}

@test "csv: a quote that does not close takes no more than --max-record" {
	{ printf 'a,1\nb,"'; yes 'c,3' | head -n 5000; } >input
	run -65 read_csv --max-record 1K -n 100000
	[[ "$output" == *"input: record 2: 1026 bytes, more than --max-record 1024: "* ]]
	cat "$DEAD"/*.batch >refused
	[ "$(wc -l <refused)" = 256 ]
	{ head -n 1 batch.000001; cat refused; tail -n +2 batch.000001; } | cmp - input
}

@test "csv: NUL bytes and what is no UTF-8 pass unchanged" {
	printf 'a\0,"\xff\n\0"\n\xc3,\n' >input
	read_csv
	cmp input batch.000001
	[ "$(joblog_column log records)" = 2 ]
}

# bats test_tags=threads
@test "csv: a stop awaits the end of the row that it comes into" {
	abuf_start --control s --input-format csv -t 1h -- cat
	printf '0\n1,"a\nb' >&9
	wait_for 10 status_is '.totals.records == 1'
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering 1 record' err
	printf '\nc"\n2,d\n' >&9
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = $'0\n1,"a\nb\nc"' ]
}

@test "csv: records end with newlines, no other delimiter is allowed" {
	run -64 abuf --input-format csv -0 -- cat <<<x
	run -64 abuf --input-format json-seq -d , -- cat <<<x
	run -64 abuf --input-format json-seq --header 1 -- cat <<<x
	run -64 abuf --header 2 -- cat <<<x
}

# --- header ---

@test "a header heads every batch, and is no record" {
	table 50
	for option in '-n 1' '-n 7' '-n 50' '-n 51' '-s 50' '-s 1'; do
		# shellcheck disable=SC2086
		read_csv --header 1 $option
		batches_are_whole 1
	done
}

@test "a header of lines: the command is told its bytes, not its record" {
	printf 'h\n%s\n' a b c >input
	sed -i '3d;5d' input
	run -0 abuf --header 1 -n 2 input -- \
		sh -c 'echo $ABUF_BATCH_RECORDS $ABUF_BATCH_BYTES $(cat)'
	[ "$output" = $'2 6 h a b\n1 4 h c' ]
}

@test "a header alone makes no batch, half a header neither" {
	printf 'id\n' >input
	read_csv --header 1
	printf 'id' >input
	read_csv --header 1
	printf '' >input
	read_csv --header 1
	[ ! -e batch.000001 ]
}

@test "two files with two headers share no window: reason header" {
	printf 'id\n%s\n' 1 >one
	printf 'name\n%s\n' x >two
	run -0 abuf --header 1 --joblog log one one two -- sh -c 'echo $(cat)'
	[ "$output" = $'id 1 1\nname x' ]
	[ "$(joblog_column log reason | xargs)" = "header eof" ]
}

@test "a file without records does not close a window, with another header" {
	printf 'id\n1\n' >one
	echo other >none
	run -0 abuf --header 1 one none one -- sh -c 'echo $(cat)'
	[ "$output" = "id 1 1" ]
}

@test "a header goes with the format raw only" {
	run -78 abuf --header 1 --format json -- cat <<<x
	[ "$output" = "abuf: format: a header\
 goes with the format raw only, which passes it on" ]
}

@test "--split gives each part the header" {
	printf 'id,t\n%s\n' 1,a >input
	printf '2,"x\nbad"\n3,b\n4,c\n' >>input
	run -65 abuf --input-format csv --header 1 --split input -- sh -c '
		[ "$(head -n 1 /dev/stdin)" = id,t ] || exit 78
		grep -q bad /dev/stdin && exit 65; tail -n +2 /dev/stdin >>stored'
	[ "$(cat stored)" = $'1,a\n3,b\n4,c' ]
	printf 'id,t\n2,"x\nbad"\n' | cmp - "$DEAD"/*.1.1.r2.batch
	entry_has '.records == 1 and .bytes == 15'
}

@test "records that a command names are counted without the header" {
	printf 'id\n%s\n' 1 >input
	printf '%s\n' bad 3 >>input
	run -65 abuf --header 1 input -- sh -c '
		grep -q bad /dev/stdin && { echo 2 no >&3; exit 65; }; cat >stored'
	[ "$(cat stored)" = $'id\n1\n3' ]
	[ "$(cat "$DEAD"/*.r2.batch)" = $'id\nbad' ]
}

@test "a dead letter has the header, and replays" {
	printf 'id\n"1\n2"\n3\n' >input
	run -65 abuf --input-format csv --header 1 input -- sh -c '
		test -e up || exit 65; echo $ABUF_BATCH_RECORDS; cat >stored'
	cmp input "$DEAD"/*.batch
	entry_has '.records == 2 and .bytes == 11'
	run -0 abufctl dead ls
	touch up
	run -0 --separate-stderr abufctl dead replay
	[ "$output" = 2 ]
	cmp input stored
	[ -z "$(ls "$DEAD")" ]
}

# --- json-seq ---

# values: different ones, one a line
values() {
	printf '%s\n' '{"a":[1,{"b":"}\"{\\"}],"c":null}' '[]' '"x y"' '-1.5e3' \
		true '{}' '[[["]"]]]' '"\u001e"' '{"e":"ä\\"}'
}

@test "json-seq: pretty-printed, concatenated, separated by RS: the same" {
	values >wanted
	jq . wanted >pretty
	sed $'s/^/\x1e/' wanted >separated
	paste -sd ' ' wanted >blanks
	for file in wanted pretty separated blanks; do
		abuf --input-format json-seq --joblog "log.$file" "$file" -- cat >out
		jq -c . out | cmp - <(jq -c . wanted)
		[ "$(wc -l <out)" = 9 ]
		[ "$(joblog_column "log.$file" records)" = 9 ]
	done
}

@test "json-seq: values need nothing between them" {
	printf '{"a":1}{"b":\n[2]}[3]"s""t"4 5' >input
	run -0 abuf --input-format json-seq -n 4 input -- sh -c 'cat; echo .'
	[ "$output" = '{"a":1}
{"b": [2]}
[3]
"s"
.
"t"
4
5
.' ]
}

@test "json-seq: no read cuts a value, whatever comes at once" {
	values | jq . >pretty
	perl -e '$| = 1; local $/ = \1; while (<STDIN>) { print;
		select(undef, undef, undef, 0.0001) }' <pretty |
		abuf --input-format json-seq -n 2 -- cat >out
	jq -c . out | cmp - <(values | jq -c .)
}

@test "json-seq: a value that does not end is set aside, the rest delivered" {
	run -65 abuf --input-format json-seq -- cat <<<$'{"a":1}\n{"b":[2,\n3'
	[[ "$output" == *"abuf: stdin: record 2: a value that does not end: set aside: "* ]]
	[[ "$output" == *'{"a":1}'* ]]
	[ "$(cat "$DEAD"/*.batch)" = $'{"b":[2,\n3' ]
}

@test "json-seq: RS or a newline in a string ends a torn value" {
	printf '\x1e{"a":[\x1e{"b":1}\n{"c":"\n{"d":2}\n"e' >input
	run -65 --separate-stderr abuf --input-format json-seq input -- cat
	[ "$output" = $'{"b":1}\n{"d":2}' ]
	[ "$(grep -c 'a value that does not end: set aside' <<<"$stderr")" -eq 3 ]
	[ "$(sort "$DEAD"/*.batch)" = $'"e\n{"a":[\n{"c":"' ]
}

# bats test_tags=threads
@test "json-seq: 100 MB of brackets are refused in a few MB of memory" {
	abuf_start --input-format json-seq -t 10ms -- cat
	head -c 100M /dev/zero | tr '\0' '[' >&9
	wait_for 10 all_read
	memory=$(sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$ABUF_PID/status")
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 65 ]
	[ ! -s out ]
	grep -q 'record 1: 104857600 bytes, more than --max-record 16777216: set' err
	entry_has '.bytes == 104857601 and .stage == "record"'
	[[ "$BUILD" == */plain ]] || return 0
	[ "$memory" -le 49152 ]
}

@test "json-seq: a long value is refused alone, to where its brackets end" {
	{ echo '{"a":1}'; printf '["%02000d",\n{}]' 0; echo '{"b":2}'; } >input
	run -65 --separate-stderr abuf --max-record 1K --input-format json-seq \
		input -- cat
	[ "$output" = $'{"a":1}\n{"b":2}' ]
	# Where a value has no delimiter, its entry has one all the same.
	printf '["%02000d",\n{}]\n' 0 | cmp - "$DEAD"/*.batch
}

@test "json-seq: NUL bytes are no JSON, and go where they stand" {
	printf '{"a":1}\0{"b":2}\n' >input
	run -65 --separate-stderr abuf --input-format json-seq --format json input -- cat
	[ "$output" = $'{"a":1}\n{"b":2}' ]
	[[ "$stderr" == *": format: "*": 1 record set aside: "* ]]
}

# --- what is no JSON ---

@test "--format json: what is no JSON is set aside alone, the rest delivered" {
	printf '%b\n' '{"a":1}' '{"a":"\xff"}' '{"a":"x\0y"}' '{a:1}' '' '[1,]' \
		'{"a":"\xed\xa0\x80"}' '{"a":"\xc3\xa4"}' ' { "b" : 1 } ' >input
	run -65 --separate-stderr abuf --format json input -- cat
	[ "$output" = $'{"a":1}\n{"a":"ä"}\n { "b" : 1 } ' ]
	jq -r 'select(.stage == "format") | .id' "$DEAD"/*.json | sed 's/.*\.r//' | xargs >ids
	[ "$(cat ids)" = "2 3 4 5 6 7" ]
}

# stops_behind TEXT: a stop finds a refused value, of which the end could not
# be kept, and TEXT behind it
stops_behind() {
	printf '%04000d"]%b' 0 "$1" >rest
	abuf_start --input-format json-seq --max-record 10 --dead-letter-max 1K \
		--drain 100ms -- cat
	printf '["%0100d' 0 >&9
	wait_for 10 all_read
	cat rest >&9
	wait_for 10 grep -q 'waiting for space' err
	abuf_stop TERM
	[ "$STATUS" -eq 74 ]
}

# bats test_tags=threads
@test "json-seq: what a stop finds behind a refused value is counted exactly" {
	stops_behind '\n{"a":1}\n{"b":2}\n'
	grep -q 'stdin: stopped: 2 records read and in no window yet: set' err
	entry_has '.records == 2'
	rm -r "$DEAD"
	stops_behind '\n \n'
	[ "$(grep -c 'stdin: stopped: ' err)" = 1 ]
	[ -z "$(find "$DEAD" -type f)" ]
}
