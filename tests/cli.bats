# The command line: what is understood, and how the rest is refused.

# Scripts in single quotes are for other shells.
# shellcheck disable=SC2016

load helpers

# refused MESSAGE WORD ...: abuf WORD ... says just that, and exits 64
refused() {
	local message=$1
	shift
	run -64 --separate-stderr abuf "$@" <<<x
	[ "$stderr" = "abuf: $message" ]
	[ "$output" = "" ]
}

# checked STATUS MESSAGE WORD ...: the same for abuf --check WORD ...
checked() {
	local status_wanted=$1 message=$2
	shift 2
	run "-$status_wanted" --separate-stderr abuf --check "$@" </dev/null
	[ "$stderr" = "$message" ]
	[ "$output" = "" ]
}

@test "an option that is nearly right gets a suggestion" {
	refused 'unknown option --sise: did you mean --size?' --sise 3 -- cat
	refused 'unknown option --workes: did you mean --workers?' --workes=3 -- cat
}

@test "an option like no other is pointed to the help" {
	refused 'unknown option --frobnicate: see abuf --help' --frobnicate -- cat
	refused 'unknown option -x: see abuf --help' -x -- cat
	refused 'unknown option -z: see abuf --help' -qz -- cat
}

@test "a count that is none is refused with the range" {
	local range='is not a whole number from 1 to 1000000000'
	for word in 0 0x 0x10 -1 +1 1.5 1e3 1K "" " 1" 1000000001 \
		99999999999999999999; do
		refused "--size: \"$word\" $range" -n "$word" -- cat
	done
}

@test "a time that is none is refused with the range" {
	local range='is not a time from 0ms to 365d (such as 500ms, 5s, 1m)'
	for word in 5parsecs -1 1.5s 1S "1 s" s "" 366d 9999999999999999999h; do
		refused "--delay: \"$word\" $range" -t "$word" -- cat
	done
}

@test "a size that is none is refused with the range" {
	local range='is not a size from 0 B to 1 TiB (such as 4096, 64K, 1MiB)'
	for word in 1Q -1 1.5M K "1 K" "" 2T 99999999999999999999; do
		refused "--bytes: \"$word\" $range" -s "$word" -- cat
	done
}

@test "a delimiter is one byte" {
	local range='is not one byte (a character, or one of'
	for word in "" ab '\q' '\x1' ä; do
		refused "--delimiter: \"$word\" $range \\n \\t \\r \\0 \\\\ \\xNN)" \
			-d "$word" -- cat
	done
}

@test "a word that is not one of the known ones is refused with them" {
	refused '--log-format: "xml" is not text or json' \
		--log-format xml -- cat
	refused '--progress: "yes" is not auto, always or never' \
		--progress=yes -- cat
}

@test "a preset and what to do on failure are among the known ones" {
	refused '--preset: "mysql" is not psql, curl or sysexits' \
		--preset mysql -- cat
	refused '--on-failure: "dead_letter" is not dead-letter, drop or stop' \
		--on-failure dead_letter -- cat
}

@test "a delay between tries that is none is refused with the range" {
	local range='is not a time from 1ms to 365d (such as 500ms, 5s, 1m)'
	refused "--retry-delay: \"\" $range" --retry-delay ..5s -- cat
	refused "--retry-delay: \"\" $range" --retry-delay 5s.. -- cat
	refused "--retry-delay: \"0\" $range" --retry-delay 0..5s -- cat
	refused "--retry-delay: \"5s-9s\" $range" --retry-delay 5s-9s -- cat
	refused "--retry-delay: \"2s..3s\" $range" --retry-delay 1..2s..3s -- cat
	refused '--retry-delay: "5s..1s" is not MIN..MAX: the second time is less'\
' than the first' --retry-delay 5s..1s -- cat
}

@test "a map of exit statuses is refused with what it may say" {
	refused '--exit: "256=hold": "256" is not a status from 0 to 255, a range'\
' A:B, signal, timeout or *' --exit 65=reject,256=hold -- cat
	refused '--exit: "75=hodl": "hodl" is not ok, hold, setup, reject or'\
' retry: did you mean hold?' --exit 75=hodl -- cat
	refused '--exit: "" is not KEY=OUTCOME, such as 65=reject, 2:4=hold,'\
' signal=retry or *=setup' --exit '' -- cat
}

@test "a hint is refused if it does not compile, or finds nothing" {
	refused '--split-hint: "line [0-9": Unmatched [, [^, [:, [., or [=' \
		--split-hint 'line [0-9' -- cat
	refused '--split-hint: "line 1" has no group, expected one for the number'\
' of the line, such as line ([0-9]+)' --split-hint 'line 1' -- cat
}

@test "a number about failed batches is refused with its range" {
	local count='is not a whole number from'
	refused "--attempts: \"0\" $count 1 to 1000000" --attempts 0 -- cat
	refused "--split-max: \"0\" $count 1 to 1000000" --split-max 0 -- cat
	refused "--outage-after: \"x\" $count 0 to 1000000" --outage-after x -- cat
	refused '--retry-deadline: "0" is not a time from 1ms to 365d (such as'\
' 500ms, 5s, 1m)' --retry-deadline 0 -- cat
	refused '--dead-letter-max: "0" is not a size from 1 B to 1 PiB (such as'\
' 4096, 64K, 1MiB)' --dead-letter-max 0 -- cat
}

@test "an option about records takes one of its words" {
	refused '--format: "xml" is not raw, json, copy, csv, tsv or resp' \
		--format xml -- cat
	refused '--frame: "crlf" is not lines, null or json-array' \
		--frame crlf -- cat
	refused '--compress: "xz" is not none, gzip or zstd' --compress xz -- cat
	refused '--output: "file" is not pass, lines, ordered or null' \
		--output file -- cat
	refused '--input-format: "tsv" is not lines, csv or json-seq' \
		--input-format tsv -- cat
	refused '--header: "2" is not a whole number from 0 to 1' --header 2 -- cat
}

@test "a route goes by a tag, a field or a column" {
	refused '--route: "tag" is not tagged, field=PATH or column=N' \
		--route tag -- cat
	refused '--route: "": a key is empty' --route field= -- cat
	refused '--route: "0" is not a whole number from 1 to 65536' \
		--route column=0 -- cat
}

@test "a text around records has known escapes only" {
	local escapes='only \n \t \r \0 \\ and \xNN may follow a backslash'
	refused "--prefix: \"a\\q\": $escapes" --prefix 'a\q' -- cat
	refused "--suffix: \"\\x1\": $escapes" --suffix '\x1' -- cat
	refused "--separator: it has 4097 bytes, at most 4096 are allowed" \
		--separator "$(printf '%04097d' 0)" -- cat
}

@test "options about records that contradict each other are refused" {
	refused '--frame: not together with --suffix' \
		--frame null --suffix x -- cat
	local columns='--columns: only with --format copy, csv or tsv, and channel'
	refused "$columns default of buffer default has none of these" \
		--columns id -- cat
	refused "$columns x of buffer y has none of these" \
		-b y --channel x --format json --columns id -- cat
	refused '--resp: not together with --format csv' \
		--format csv --resp 'SET a {}' -- cat
	refused "$columns default of buffer default has none of these" \
		--format resp --resp 'SET a {}' --columns id -- cat
}

@test "csv and json-seq have no delimiter, and json-seq no header" {
	refused '--null: not together with records of csv' \
		-0 --input-format csv -- cat
	refused '--delimiter: not together with records of json-seq' \
		-d , --input-format json-seq -- cat
	refused '--header: not together with records of json-seq' \
		--header 1 --input-format json-seq -- cat
	checked 0 '' -d '\n' --input-format csv -- cat
}

@test "an option given twice is refused, also by letter and name" {
	refused '--size: given twice' -n 1 -n 2 -- cat
	refused '--size: given twice' -n 1 --size 1 -- cat
	refused '--quiet: given twice' -qq -- cat
}

@test "options that contradict each other are refused" {
	refused '--null: not together with --delimiter' -0 -d , -- cat
	refused '--verbose: not together with --quiet' -v -q -- cat
}

@test "what is said about a journal needs one" {
	for option in --wal-sync=none --wal-max=1G --wal-fence=wait \
		--wal-recover=salvage --wal-reformat; do
		refused "${option%=*}: only with --wal DIR" "$option" -f -- cat
		abuf --wal j "$option" --print-config >/dev/null
	done
	echo '{"wal": {"dir": "j"}, "async_buffer": {"default": {}}}' >c.json
	abuf -c c.json --wal-sync none --wal-reformat --print-config >printed
	[ "$(jq -c '[.wal.dir, .wal.sync]' printed)" = '["j","none"]' ]
}

@test "what is said about following files needs --follow" {
	refused '--rotate-wait: only with --follow' --rotate-wait 1s -- cat
	refused '--rotate-wait: only with --follow' --rotate-wait 1s --wal j -- cat
	refused '--from: only with --wal DIR or --follow' --from end -- cat
	refused '--final: only with --wal DIR or --follow' --final -- cat
	abuf --wal j --from end --final --print-config >/dev/null
	abuf -f --from end --final --rotate-wait 1s --print-config >/dev/null
	echo '{"follow": true, "async_buffer": {"default": {}}}' >c.json
	abuf -c c.json --from start --rotate-wait 1s --print-config >/dev/null
}

@test "a journal's size is at least 1 MiB" {
	local range='is not a size from 1 MiB to 1 PiB (such as 4096, 64K, 1MiB)'
	for word in 0 1048575 1023K "" -1 1025T; do
		refused "--wal-max: \"$word\" $range" --wal j --wal-max "$word" -- cat
	done
}

@test "a word about the journal that is not known is refused with those" {
	refused '--wal-sync: "x" is not batch, always or none' \
		--wal j --wal-sync x -- cat
	refused '--wal-fence: "x" is not kill, wait or ignore' \
		--wal j --wal-fence x -- cat
	refused '--wal-recover: "x" is not strict or salvage' \
		--wal j --wal-recover x -- cat
	refused '--from: "x" is not start or end' -f --from x -- cat
	refused '--wal: is empty' --wal "" -- cat
	refused '--wal-reformat: takes no argument' --wal j --wal-reformat=x -- cat
}

@test "an option that lacks its argument is refused" {
	refused '--size: needs an argument: N' -n
	refused '--joblog: needs an argument: FILE' --joblog -- cat
}

@test "an argument for an option that takes none is refused" {
	refused '--null: takes no argument' --null=x -- cat
	refused '--help: takes no argument' --help=me
}

@test "an empty argument is no path and no name" {
	refused '--joblog: is empty' --joblog= -- cat
	refused '--control: is empty' --control "" -- cat
	refused '--dead-letter: is empty' --dead-letter "" -- cat
	refused '--probe: is empty' --probe "" -- cat
	refused '--resp: is empty' --resp "" -- cat
	refused '--resp: is too long, at most 4096 bytes are allowed' \
		--resp "$(printf 'SET %04093d' 0)" -- cat
	refused '--columns: is empty' --format csv --columns "" -- cat
	refused '--buffer: "": a name is 1 to 64 of A-Z a-z 0-9 . _ -' -b "" -- cat
	refused '--buffer: "a/b": a name is 1 to 64 of A-Z a-z 0-9 . _ -' -b a/b -- cat
}

@test "a forgotten -- is pointed out" {
	refused 'no command: did you forget -- before cat?' -n 1 cat
	touch file
	refused 'no command: did you forget -- before cat?' file cat out
}

@test "without a command the usage is said in one line" {
	local usage='abuf [option ...] [FILE ...] -- COMMAND [ARG ...]'
	refused "no command: $usage" -n 1
	refused "no command: $usage" -n 1 --
	refused "no command: $usage" no-such-file-nor-program
}

@test "with stdin a terminal and no FILE, abuf does not sit and wait" {
	run -64 timeout -k 5 60 on-terminal "$BUILD/abuf" -- cat
	[ "$output" = "abuf: stdin is a terminal: pipe records into abuf, or name\
 a FILE (- for stdin); see abuf --help" ]
}

@test "with inputs in the configuration, stdin may be a terminal" {
	echo '{"async_buffer": {"default": {}}, "inputs": [{"path": "a"}]}' >c
	echo x >a
	run -64 timeout -k 5 60 on-terminal "$BUILD/abuf" -- cat
	run timeout -k 5 60 on-terminal "$BUILD/abuf" -c c -- cat
	[[ "$output" != *"stdin is a terminal"* ]]
}

@test "options may follow operands" {
	seq 3 >file
	run -0 abuf file -n 1 -- sh -c 'echo $(cat)'
	[ "$output" = $'1\n2\n3' ]
}

@test "an argument may stand behind its option or be a part of it" {
	seq 4 >file
	for words in '-n2' '-n 2' '--size=2' '--size 2' '-qn2'; do
		# shellcheck disable=SC2086
		run -0 abuf $words file -- sh -c 'echo $(cat)'
		[ "$output" = $'1 2\n3 4' ]
	done
}

@test "only the first -- separates; the command keeps the rest" {
	run -0 abuf -- echo -n -- --size 0 -- <<<x
	[ "$output" = "-- --size 0 --" ]
}

@test "--help goes to stdout, names every option, fits 80 columns" {
	run -0 --separate-stderr abuf --help
	[ "$stderr" = "" ]
	[ "${#lines[@]}" -gt 30 ]
	awk 'length > 80 { print; bad = 1 } END { exit bad }' <<<"$output"
	abuf -h | cmp - <(abuf --help)
}

@test "every option that --help names is understood" {
	names=$(abuf --help | sed -nE 's/^  (-., )?(--[a-z-]+) .*/\2/p')
	[ "$(wc -l <<<"$names")" -ge 53 ]
	for name in $names; do
		run --separate-stderr abuf "$name" --no-such-option </dev/null
		[[ "$stderr" != *"unknown option $name"* ]]
	done
}

@test "--version goes to stdout" {
	run -0 --separate-stderr abuf --version
	[[ "${lines[0]}" =~ ^abuf\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	[ "$stderr" = "" ]
	abuf -V | cmp - <(abuf --version)
}

@test "help and version that cannot be written are an error: 74" {
	for option in --help --version; do
		run -74 bash -c '"$BUILD/abuf" "$1" >/dev/full' bash "$option"
	done
}

@test "--check says nothing and exits 0 if a run could begin" {
	touch file
	checked 0 "" file -- cat
	checked 0 "" -- cat
}

@test "--check finds what a run would fail for, with its status" {
	mkdir folder
	checked 127 'abuf: no-such: command not found' -- no-such
	checked 126 'abuf: ./folder: Is a directory' -- ./folder
	checked 66 'abuf: input: none: No such file or directory' none -- cat
	checked 66 'abuf: input: folder: Is a directory' folder -- cat
	checked 78 'abuf: config: none: No such file or directory' -c none -- cat
	checked 64 'abuf: --size: "0" is not a whole number from 1 to 1000000000' \
		-n 0 -- cat
}

@test "--check reads nothing and starts nothing" {
	mkfifo in
	exec 9<>in
	echo untouched >&9
	run -0 abuf --check -- touch started <in
	read -r -t 10 line <&9
	[ "$line" = untouched ] && [ ! -e started ]
}

@test "--check leaves no socket and no joblog behind" {
	checked 0 "" --control s --joblog job.log -- cat
	[ ! -e s ] && [ ! -e job.log ]
}

@test "--print-config prints what options made of the defaults" {
	abuf -n 7 -s 64K -t 5s -j 3 --ch-len 9 -d , -b b --channel c --drain 1m \
		--shell --print-config -- 'a "b"' c >printed
	python3 - <<-'PYTHON'
		import json
		top = json.load(open("printed"))
		buffer = top["async_buffer"]["b"]
		channel = buffer["chs"]["c"]
		assert [buffer["buffer_win_size"], buffer["buffer_win_bytes"],
		    buffer["delay_do_ms"], buffer["input"]["delimiter"],
		    channel["sub_worker_num"], channel["ch_len"],
		    top["drain_ms"]] == [7, 65536, 5000, ",", 3, 9, 60000], top
		assert channel["batch_do"]["command"] == ['a "b"', "c"]
		assert channel["batch_do"]["shell"] is True
	PYTHON
}

@test "--print-config prints what options say about failed batches" {
	abuf --attempts 9 --retry-delay 1s..2s --retry-deadline 3s --exit 2=hold \
		--preset psql --probe 'test -e up' --outage-after 0 --split-max 7 \
		--split-hint '(1)' --on-failure stop --dead-letter d \
		--dead-letter-max 1M --print-config -- cat >printed
	python3 - <<-'PYTHON'
		import json
		buffer = json.load(open("printed"))["async_buffer"]["default"]
		batch_do = buffer["chs"]["default"]["batch_do"]
		assert batch_do["retry"] == {"attempts": 9, "delay_ms": 1000,
		    "max_delay_ms": 2000, "deadline_ms": 3000}, batch_do
		assert [batch_do[key] for key in ("exit", "preset", "probe", "split",
		    "outage_after", "split_hint", "split_max")] == [
		    "2=hold", "psql", "test -e up", True, None, "(1)", 7], batch_do
		assert [buffer[key] for key in ("on_failure", "dead_letter",
		    "dead_letter_max")] == ["stop", "d", 1 << 20], buffer
	PYTHON
}

@test "--print-config prints what options say about records" {
	abuf --input-format csv --header 1 --max-record 1K --compress gzip \
		--output ordered --prefix '<' --suffix '>\n' --print-config >printed
	abuf --format csv --columns 'id, user.name' --route column=3 \
		--frame null --print-config >routed
	abuf --resp 'SET {id} {}' --route field=a.b --print-config >keyed
	python3 - <<-'PYTHON'
		import json
		a, b, c = (json.load(open(name)) for name in ("printed", "routed", "keyed"))
		def of(top): return top["async_buffer"]["default"]["chs"]["default"]
		assert a["async_buffer"]["default"]["input"] == {"format": "csv", "header": 1,
		    "delimiter": "\\n", "skip_empty": False, "max_record": 1024}, a
		assert [of(a)["batch_do"][key] for key in ("frame", "compress", "output")] == [
		    {"prefix": "<", "suffix": ">\\n"}, "gzip", "ordered"], a
		assert of(b)["format_input"] == {"format": "csv", "columns": "id, user.name"}, b
		assert [b["route"], of(b)["batch_do"]["frame"]] == [{"column": 3}, "null"], b
		assert of(c)["format_input"] == {"format": "resp", "resp": "SET {id} {}"}, c
		assert c["route"] == {"field": "a.b"}, c
	PYTHON
}

@test "--print-config prints what options say about journal and following" {
	abuf --wal j --wal-sync always --wal-max 2M --wal-fence ignore \
		--wal-recover salvage -f --from end --rotate-wait 0 --final \
		--print-config >printed
	[ "$(jq -c .wal printed)" = '{"dir":"j","sync":"always","max":2097152,'\
'"fence":"ignore","recover":"salvage"}' ]
	[ "$(jq -c '[.follow, .from, .rotate_wait_ms, .final]' printed)" = \
		'[true,"end",1,true]' ]
	abuf -c printed --print-config | cmp - printed
}

@test "an option about journal or following beats the file" {
	cat >c.json <<-'JSON'
		{"wal": {"dir": "a", "sync": "none", "max": "1M", "fence": "wait"},
		  "from": "end", "rotate_wait_ms": 7, "follow": true,
		  "async_buffer": {"default": {}}}
	JSON
	abuf -c c.json --wal b --wal-sync batch --from start --print-config >printed
	[ "$(jq -c '[.wal[], .from, .rotate_wait_ms]' printed)" = \
		'["b","batch",1048576,"wait","strict","start",7]' ]
}

@test "--split needs no hint, and a single delay raises the longest" {
	abuf --split --retry-delay 1m --print-config | tr -d ' \n' >printed
	grep -qF '"split":true,"split_max":64' printed
	grep -qF '"delay_ms":60000,"max_delay_ms":60000' printed
	abuf --retry-delay 1s --print-config | tr -d ' \n' >printed
	grep -qF '"delay_ms":1000,"max_delay_ms":30000' printed
}

@test "--on-failure takes each of its words" {
	for what in dead-letter:dead_letter drop:drop stop:stop; do
		abuf --on-failure "${what%:*}" --print-config |
			grep -qF "\"on_failure\": \"${what#*:}\""
	done
}

@test "options about failed batches are for the selected lane only" {
	echo '{"async_buffer": {"a": {}, "b": {"on_failure": "stop",
		"batch_do": {"exit": "2=hold", "probe": ["false", "x"]},
		"chs": {"c": {}, "d": {}}}}}' >c.json
	abuf -c c.json -b b --channel d --exit 3=hold --probe true \
		--on-failure drop --print-config | tr -d ' \n' >printed
	grep -qE '"c":.*"exit":"2=hold",.*"d":.*"exit":"3=hold",' printed
	grep -qE '"c":.*"probe":\["false","x"\],.*"d":.*"probe":"true",' printed
	grep -qE '"a":.*"on_failure":"dead_letter".*"b":.*"on_failure":"drop"' printed
}

# told CONFIG OPTION ...: lines BUFFER/CHANNEL WORKERS COMMAND of what is printed
told() {
	abuf --print-config -c "$@" >told.json
	jq -r '.async_buffer | to_entries[] | .key as $b | .value.chs |
		to_entries[] | "\($b)/\(.key) \(.value.sub_worker_num) \(.value
		.batch_do.command // [] | join(" "))"' told.json
}

make_two() {
	cat >two.json <<-JSON
		{"async_buffer": {
		  "a": {"chs": {"x": {}, "y": {"batch_do": {"command": ["own"]}}}},
		  "b": {"dispatch": "all", "chs": {"x": {}, "y": {}}}}${1:-}}
	JSON
}

@test "the command is for one channel, or for all of a buffer that uses all" {
	make_two
	[ "$(told two.json -b a -j 2 -- cat)" = \
		$'a/x 2 cat\na/y 1 own\nb/x 1 \nb/y 1 ' ]
	[ "$(told two.json -b b -j 2 -- cat)" = \
		$'a/x 1 \na/y 1 own\nb/x 2 cat\nb/y 2 cat' ]
	[ "$(told two.json -b b --channel y -- cat)" = \
		$'a/x 1 \na/y 1 own\nb/x 1 \nb/y 1 cat' ]
}

@test "with a route it is for every channel that has none of its own" {
	make_two
	local others=$'a/x 2 cat\na/y 1 own\nb/x 2 cat\nb/y 2 cat'
	[ "$(told two.json --route tagged -j 2 -- cat)" = "$others" ]
	make_two ', "route": {"field": "kind"}'
	[ "$(told two.json -j 2 -- cat)" = "$others" ]
	make_two ', "inputs": [{"path": "-", "buffer": "b"}]'
	[ "$(told two.json -j 2 -- cat)" = "$others" ]
	[ "$(told two.json -b a --channel y -- cat | sed -n 2p)" = 'a/y 1 cat' ]
}

@test "a command that no channel would run is refused" {
	echo '{"async_buffer": {"a": {"batch_do": {"command": "own"}}},
		"route": "tagged"}' >c.json
	local why='with this route, it is for channels without a command of their'\
' own, and there are none: name one with --buffer and --channel'
	refused "the command: $why" -c c.json -- cat
	refused "--workers: not used: $why" -c c.json -j 2
	abuf -c c.json -b a --print-config -- cat >/dev/null
}

@test "an option about records beats an input's own keys" {
	make_two ', "inputs": [{"path": "f", "buffer": "a", "delimiter": ",",
		"max_record": 9}, {"path": "g", "buffer": "b", "delimiter": ","}]'
	abuf -c two.json -b a -0 --print-config | jq -c '.inputs[] |
		[.path, .delimiter, .max_record]' >inputs
	[ "$(cat inputs)" = $'["f","\\\\0",9]\n["g",",",16777216]' ]
}

@test "files on the command line take the place of the inputs" {
	make_two ', "inputs": [{"path": "f"}]'
	touch g
	[ "$(abuf -c two.json -b a g --print-config | jq .inputs)" = null ]
	[ "$(abuf -c two.json -b a --print-config | jq '.inputs | length')" = 1 ]
}

@test "what --print-config prints is a configuration that means the same" {
	abuf -n 7 -t 0 --idle 1s -0 --skip-empty --max-record 1K --timeout 0 \
		--kill-after 1ms --joblog 'j "\n' --log-format json --progress never \
		-v --print-config -- printf '%s' 'ä' >first
	abuf -c first --print-config >second
	cmp first second
	run -0 --separate-stderr abuf -c first <<<x
	[ "$output" = ä ] && [ "$(joblog_column 'j "\n' records)" = 1 ]
}

@test "a dry run ends with its reader, and without a word" {
	seq 100000 >numbers
	abuf --dry-run -n 1 numbers 2>err | head -n 1 >out
	[ "$(wc -l <out)" -eq 1 ]
	[ ! -s err ]
	run -74 bash -c '"$BUILD/abuf" --dry-run numbers >/dev/full'
	[ "$output" = "abuf: stdout: No space left on device" ]
}

@test "an empty command is refused, a command line as one word explained" {
	run -64 abuf -- '' <<<x
	[ "$output" = "abuf: the command is empty" ]
	run -127 abuf -- 'cat | wc -l' <<<x
	[ "$output" = "abuf: cat | wc -l: command not found: did you forget --shell?" ]
}
