# Messages, joblog, progress: what abuf tells, where, and in which form.

# Scripts in single quotes are for other shells.
# shellcheck disable=SC2016

load helpers

HEADER="start_time	seconds	buffer	channel	batch_id	attempt	reason	records\
	bytes	status	signal	outcome"

# masked FILE: ids, times and rates made equal
masked() {
	sed -E 's/[0-9a-f]{16}(\.[0-9]+\.[0-9]+)/RUN\1/g
		s/[0-9]+\.[0-9]{3} s, [0-9]+ records/S s, R records/
		s/ 0:00:[0-9]{2} \[[0-9]+/ T [R/' "$1"
}

# paint WORD ...: abuf WORD ... on a terminal; what it paints is in "painted"
paint() {
	TERM=xterm timeout -k 5 60 on-terminal "$BUILD/abuf" "$@" >painted
}

# paint_script SCRIPT: the same for a script of bash, where it begins
paint_script() {
	TERM=xterm timeout -k 5 60 on-terminal bash -c "$1" >painted
}

# painted_is TEXT: just that, with E for what erases a line
painted_is() {
	masked painted | sed 's/\r\x1b\[K/E/g' >shown
	printf '%s\n' "$@" | cmp - shown
}

@test "each message is one line and one write" {
	seq 2 >two
	each-write "$BUILD/abuf" -v --on-failure drop --attempts 1 -n 1 two \
		-- false >writes 3>&-
	masked writes | cmp - <(cat <<'WRITES'
abuf: batch: RUN.1.1: attempt 1: exit status 1: no attempt left: 1 record dropped\n
abuf: batch: RUN.1.2: attempt 1: exit status 1: no attempt left: 1 record dropped\n
abuf: done: 2 records, 4 bytes, 2 batches, 2 failed, S s, R records/s\n
WRITES
	)
}

# bats test_tags=threads
@test "each line of a command's stderr is passed on whole, in one write" {
	seq 40 >records
	each-write "$BUILD/abuf" -n 1 -j 4 records -- \
		sh -c 'printf a >&2; sleep 0.01; echo bc >&2' >writes 3>&-
	[ "$(sort writes | uniq -c | tr -s ' ')" = ' 40 abc\n' ]
}

@test "a message stays one line, whatever a command says" {
	run -1 abuf --on-failure drop --attempts 1 -- \
		sh -c 'printf "a\033[1m\rb\177c\0d\te\n" >&2; exit 1' <<<x
	[[ "$(tail -n 1 <<<"$output")" == *": 1 record dropped: a?[1m?b?c"* ]]
}

@test "a run that goes well says nothing" {
	run -0 abuf -- true <<<x
	[ "$output" = "" ]
}

@test "-v says at the end what was done" {
	abuf -v --attempts 1 -n 2 -- sh -c '[ "$ABUF_BATCH_SEQ" != 2 ]' \
		<<<$'1\n2\n3\n4\n5' 2>err || [ $? -eq 65 ]
	tail -n 1 err >last
	[ "$(masked last)" = "abuf: done: 5 records, 10 bytes, 3 batches, 1 failed,\
 S s, R records/s" ]
}

# bats test_tags=threads
@test "-q says errors only" {
	abuf_start -q --on-failure drop --attempts 1 -t 1h -n 1 -- sh -c 'cat gate; exit 1'
	mkfifo gate
	echo x >&9
	echo >gate
	abuf_stop TERM
	masked err >said
	[ "$(cat said)" = \
		"abuf: batch: RUN.1.1: attempt 1: exit status 1: no attempt left: 1 record dropped" ]
}

@test "--log-format json: each message is an object with ts, level, msg" {
	abuf -v --on-failure drop --attempts 1 --log-format json -- \
		sh -c 'printf "a \"b\" \\\\\\\\ \033[1m \t ä\n" >&2; exit 1' \
		<<<x 2>err || [ $? -eq 1 ]
	tail -n 2 err | python3 -c '
import json, re, sys
error, info = (json.loads(line) for line in sys.stdin)
for m in error, info:
    assert list(m) == ["ts", "level", "msg"], m
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", m["ts"]), m
assert [error["level"], info["level"]] == ["error", "info"]
assert error["msg"].endswith(": 1 record dropped: a \"b\" \\\\ \x1b[1m \t ä"), error
assert info["msg"].startswith("done: 1 record, 2 bytes, 1 batch, 1 failed, ")
'
}

@test "--log-format json: text that is not UTF-8 does not spoil it" {
	abuf --on-failure drop --attempts 1 --log-format json -- sh -c 'printf "a\377b\n" >&2; exit 1' \
		<<<x 2>err || [ $? -eq 1 ]
	tail -n 1 err | python3 -c '
import json, sys
message = json.loads(sys.stdin.buffer.read().decode("utf-8"))["msg"]
assert message.endswith(": 1 record dropped: a\ufffdb"), message
'
}

# with_journal WORD ...: abuf WORD ... as systemd starts it, stderr in "err"
with_journal() {
	local stream

	: >err
	stream=$(stat -c %d:%i err)
	JOURNAL_STREAM=$stream abuf "$@" 2>err
}

@test "under systemd a message begins with its level" {
	run -1 with_journal -v --on-failure drop --attempts 1 -- false <<<x
	masked err | cmp - <(cat <<'MESSAGES'
<3>abuf: batch: RUN.1.1: attempt 1: exit status 1: no attempt left: 1 record dropped
<6>abuf: done: 1 record, 2 bytes, 1 batch, 1 failed, S s, R records/s
MESSAGES
	)
}

@test "under systemd a message has no level if stderr is elsewhere" {
	JOURNAL_STREAM=1:1 run -1 abuf --on-failure drop --attempts 1 -- false <<<x
	[[ "$output" == "abuf: batch: "* ]]
	: >err
	JOURNAL_STREAM=$(stat -c %d:%i err) run -1 abuf --on-failure drop --attempts 1 -- false <<<x
	[[ "$output" == "abuf: batch: "* ]]
}

@test "--joblog has a header and a line per attempt, with these columns" {
	abuf --attempts 1 --joblog job.log -b b --channel c -- \
		sh -c 'cat; exit 3' <<<$'a\nb' >out 2>err || [ $? -eq 65 ]
	[ "$(head -n 1 job.log)" = "$HEADER" ]
	[ "$(wc -l <job.log)" -eq 2 ]
	line="^$(date -u +%Y)-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
	line+=$'\t[0-9]+\\.[0-9]{3}\tb\tc\t[0-9a-f]{16}\\.1\\.1\t1\teof\t2\t4\t3\t0'
	line+=$'\tretry$'
	[[ "$(tail -n 1 job.log)" =~ $line ]]
}

@test "--joblog is continued, without a second header" {
	for records in $'1\n2' $'3\n4\n5'; do
		abuf --joblog job.log -n 1 -- true <<<"$records"
	done
	[ "$(grep -cxF "$HEADER" job.log)" -eq 1 ]
	[ "$(joblog_column job.log outcome | uniq -c | tr -s ' ')" = " 5 ok" ]
	[ "$(joblog_column job.log batch_id | sort -u | wc -l)" -eq 5 ]
}

@test "--joblog: seconds are those of the command" {
	abuf --joblog job.log -- sleep 0.2 <<<x
	joblog_column job.log seconds | awk '$1 < 0.2 { exit 1 }'
}

# bats test_tags=threads
@test "--joblog has whole lines, however many workers write them" {
	seq 400 | abuf --joblog job.log -n 1 -j 8 -- true
	[ "$(awk -F '\t' '{ print NF }' job.log | uniq -c | tr -s ' ')" = " 401 12" ]
	joblog_column job.log batch_id | sed 's/.*\.//' | sort -n |
		cmp - <(seq 400)
}

@test "--joblog that cannot be written is refused before anything is read" {
	run -78 abuf --joblog none/job.log -- touch started <<<x
	[ "$output" = "abuf: joblog: none/job.log: No such file or directory" ]
	run -78 abuf --joblog . -- touch started <<<x
	[ "$output" = "abuf: joblog: .: Is a directory" ]
	[ ! -e started ]
}

@test "--joblog: what cannot be written is told, and costs no batch" {
	head -c 1024 /dev/zero >job.log
	(ulimit -f 1 && abuf --joblog job.log -- cat <<<x >out 2>err)
	[ "$(cat out)" = x ]
	[ "$(masked err)" = \
		"abuf: joblog: RUN.1.1: the line is lost: File too large" ]
}

@test "on a terminal a progress line is painted, the last state stays" {
	seq 3 >data
	paint -n 2 data -- true
	painted_is 'E3 records 6 B T [R/s] 2 batches, 0 failed'
}

@test "the progress line is painted while a command runs" {
	mkfifo gate
	seq 3 >data
	paint data -- cat gate &
	wait_for 10 grep -q '3 records 6 B' painted
	echo >gate
	wait_for 10 grep -q '1 batch, 0 failed' painted
	wait $!
}

@test "the progress line is erased before any message, and any of a command" {
	seq 3 >data
	paint --on-failure drop --attempts 1 data -- \
		sh -c 'echo its own >&2; exit 2' || [ $? -eq 1 ]
	painted_is 'Eits own' \
		'Eabuf: batch: RUN.1.1: attempt 1: exit status 2: no attempt left: 3 records dropped: its own' \
		'E3 records 6 B T [R/s] 1 batch, 1 failed'
}

@test "in the background nothing is painted" {
	seq 3 >data
	paint_script 'set -m; "$BUILD/abuf" data -- true & wait'
	run ! grep records painted
}

@test "nothing is painted if stderr is no terminal" {
	seq 3 >data
	paint_script '"$BUILD/abuf" data -- true 2>err'
	[ ! -s painted ] && [ ! -s err ]
}

@test "nothing is painted on a dumb terminal, or with --progress never" {
	seq 3 >data
	paint_script 'TERM=dumb "$BUILD/abuf" data -- true'
	[ ! -s painted ]
	paint_script 'unset TERM; "$BUILD/abuf" data -- true'
	[ ! -s painted ]
	paint --progress never data -- true
	[ ! -s painted ]
}

@test "--progress always paints wherever stderr goes" {
	abuf --progress always -- true <<<x 2>painted
	painted_is 'E1 record 2 B T [R/s] 1 batch, 0 failed'
}

# bats test_tags=threads
@test "a stderr that nobody reads stops neither signals nor time-outs" {
	mkfifo full
	exec 8<>full
	timeout 1 head -c 1000000 /dev/zero >&8 || true
	echo x | "$BUILD/abuf" --timeout 100ms --attempts 1 -- sh -c 'seq 100000 >&2; sleep 60' \
		2>&8 3>&- 8>&- &
	wait_for 20 process_is_gone $!
	run -65 wait $!
	exec 8>&-
}

# bats test_tags=threads
@test "a non-blocking stderr gets all that a command says" {
	seq 200000 | perl -e 'use Fcntl; fcntl(STDERR, F_SETFL, O_NONBLOCK);
		exec @ARGV' "$BUILD/abuf" -n 100000 -- sh -c 'cat >&2' \
		2> >(perl -ne 'print; $n++ % 1000 or select(undef, undef, undef, 0.001)' \
			>got 3>&-)
	wait_for 20 has_lines got 200000
	seq 200000 | cmp - got
}

# no_journal TEXT: abuf refuses DIR j with 78, for this reason
no_journal() {
	run -78 abuf --wal j -- cat </dev/null
	[ "$output" = "abuf: journal: j$1" ]
}

@test "a folder with other things is no journal, whatever its mode" {
	mkdir -m 755 j
	touch j/thesis
	no_journal ': not empty, and not a journal'
	rm j/thesis
	no_journal ': others may use it (mode 0755): chmod 700 it'
	[ -z "$(ls -A j)" ]
}

@test "a symbolic link is no place for a journal, and what it leads to is" {
	mkdir -m 700 elsewhere
	ln -s elsewhere j
	no_journal ': a symbolic link: name the folder that it leads to'
	run -0 abuf --wal elsewhere -- cat </dev/null
}

@test "a umask that takes the owner's rights makes no journal" {
	umask 0777
	no_journal ': the umask, 0777, takes the rights of its owner: no journal can be kept'
	[ ! -e j ]
}
