# Where the standard output of commands goes: pass, lines, ordered, null.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

# A random time, then the batch.
slow_cat='sleep 0.$((RANDOM % 3)); exec cat'

# Nobody reads abuf's stdout, a pipe.
block_out() {
	mkfifo out
	exec 8<>out
}

# read_out FILE: somebody comes, and reads it to its end.
read_out() {
	cat <out >"$1" 8>&- 9>&- 3>&- &
	reader=$!
	wait_for 10 test "/proc/$reader/fd/0" -ef out
	exec 8>&-
}

# A million numbers to abuf, as fast as it reads, and to a file.
feed_million() {
	seq 1000000 >numbers
	cat numbers >in 3>&- 8>&- 9>&- &
	feeder=$!
}

# Nothing has been read or written for at least a second.  To be polled.
stands_still() {
	local now
	now=$(grep char "/proc/$ABUF_PID/io")
	if [ "$now" != "${seen:-}" ]; then
		seen=$now
		seen_at=$SECONDS
	fi
	[ $((SECONDS - seen_at)) -ge 2 ]
}

open_files() {
	find "/proc/$ABUF_PID/fd" -mindepth 1 | wc -l
}

# sizes SIZE ...: a record "LETTER SIZE" for each letter and size
sizes() {
	local letter size
	for letter in {a..z}; do
		for size in "$@"; do
			echo "$letter $size"
		done
	done
}

# bats test_tags=threads
@test "lines of commands that run side by side are never mixed" {
	sizes 0 1 100 5000 65534 65535 65536 65537 131071 200000 >records
	abuf --output lines -n 7 -j 4 records -- print-lines 30000 >out
	print-lines <records | LC_ALL=C sort | cmp - <(LC_ALL=C sort out)
}

# bats test_tags=threads
@test "lines of more than a megabyte are whole, too" {
	sizes 1048575 7 1500000 >records
	abuf --output lines -n 2 -j 4 records -- print-lines 200000 | LC_ALL=C sort >out
	print-lines <records | LC_ALL=C sort | cmp - out
}

# bats test_tags=threads
@test "ordered: the output of batches comes in their order" {
	seq 100000 >numbers
	abuf --output ordered -n 100 -j 4 numbers -- cat | cmp - numbers
	abuf --output ordered -n 5000 -j 4 --shell numbers -- "$slow_cat" |
		cmp - numbers
}

# bats test_tags=threads
@test "lines, one worker: the output comes as it was written" {
	seq 100000 >numbers
	abuf --output lines -n 1000 numbers -- cat | cmp - numbers
}

@test "ordered: what a failed attempt wrote does not appear" {
	seq 4 | abuf --output ordered -n 2 --retry-delay 1ms..1ms --shell -- \
		'sed "s/^/$ABUF_ATTEMPT:/"; [ $ABUF_ATTEMPT -eq 3 ]' >out 2>err
	[ "$(cat out)" = $'3:1\n3:2\n3:3\n3:4' ]
}

@test "lines: what a failed attempt wrote has been passed on" {
	seq 2 | abuf --output lines --retry-delay 1ms..1ms --shell -- \
		'sed "s/^/$ABUF_ATTEMPT:/"; [ $ABUF_ATTEMPT -eq 2 ]' >out 2>err
	[ "$(cat out)" = $'1:1\n1:2\n2:1\n2:2' ]
}

@test "lines: an unfinished last line gets a newline" {
	seq 3 | abuf --output lines -n 1 -- printf 'a\nb' >out
	[ "$(cat out)" = $'a\nb\na\nb\na\nb' ]
	printf 'x 65536\n' | abuf --output lines --shell -- 'print-lines | tr -d "\n"' |
		cmp - <(echo x 65536 | print-lines)
}

@test "ordered: bytes are written exactly as they came" {
	seq 3 | abuf --output ordered -n 1 -j 3 --shell -- \
		'printf "a\0\r\n%s" $ABUF_BATCH_SEQ' >out
	printf 'a\0\r\n1a\0\r\n2a\0\r\n3' | cmp - out
}

@test "null: the output of commands goes nowhere" {
	seq 100 | abuf --output null -n 10 -- sh -c \
		'tee -a got; to=$(readlink /proc/$$/fd/1); echo "$to" >&2' 		>out 2>err
	[ ! -s out ]
	[ "$(wc -l <got)" -eq 100 ]
	[ "$(sort -u err)" = /dev/null ]
}

@test "pass: commands have the standard output of abuf itself" {
	seq 3 | abuf --output pass -n 1 -- sh -c 'readlink /proc/self/fd/1' >out
	[ "$(sort -u out)" = "$(readlink -f out)" ]
}

@test "ordered: the parts of a split batch follow each other in their order" {
	seq 60 | sed '7s/^/bad/; 8s/^/bad/; 44s/^/bad/' >records
	abuf --output ordered --split -n 20 -j 3 --shell records -- \
		'sed "s/^/got /" /dev/stdin; ! grep -q bad /dev/stdin || exit 65' \
		>out 2>err || [ $? -eq 65 ]
	grep -v bad records | sed 's/^/got /' | cmp - out
}

# bats test_tags=threads
@test "a reader that is slow pauses the input, and memory stays small" {
	block_out
	abuf_start --output ordered -n 1000 -j 2 -- cat
	feed_million
	wait_for 30 stands_still
	[ "$(unread-bytes <&9)" -gt 0 ]
	[ "$(open_files)" -lt 110 ]
	[[ "$BUILD" == *-* || "$BUILD" == *thread ]] ||
		[ "$(awk '/^VmRSS/ { print $2 }' "/proc/$ABUF_PID/status")" -lt 8000 ]
	read_out got
	wait "$feeder"
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ] && cmp got numbers
}

# bats test_tags=threads
@test "lines: commands wait for a reader that is slow, and nothing is lost" {
	block_out
	abuf_start --output lines -n 1000 -j 2 --shell -- 'cat; : >done.$ABUF_BATCH_SEQ'
	feed_million
	wait_for 30 stands_still
	[ "$(unread-bytes <&9)" -gt 0 ]
	[ "$(find . -name 'done.*' | wc -l)" -lt 100 ]
	read_out got
	wait "$feeder"
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ] && sort -n got | cmp - numbers
}

# bats test_tags=threads
@test "ordered: when one batch takes long, only so many others run before it" {
	: >gate.new
	seq 2000 | timeout 50 "$BUILD/abuf" --output ordered -n 10 -j 3 --shell -- \
		'[ $ABUF_BATCH_SEQ -ne 5 ] || exec hold-until gate cat
		: >"ran.$ABUF_BATCH_SEQ"; cat' >out 2>err 3>&- &
	ABUF_PID=$!
	wait_for 20 test -e held.5
	wait_for 30 stands_still
	[ "$(find . -name 'ran.*' | wc -l)" -ge 60 ]
	[ "$(wc -l <out)" -eq 40 ]
	[ "$(find . -name 'ran.*' | wc -l)" -le 80 ]
	mv gate.new gate
	wait_abuf
	[ "$STATUS" -eq 0 ] && seq 2000 | cmp - out
}

# reader_leaves OUTPUT: abuf's exit status and what it says
reader_leaves() {
	yes | abuf --output "$1" -n 10 -j 2 -- cat 2>err | head -n 1 >out
	STATUS=${PIPESTATUS[1]}
	[ "$(cat out)" = y ]
	[ "$(grep -c stdout err)" -eq 1 ]
	grep -qx 'abuf: stdout: Broken pipe: nothing more is started' err
	[ "$STATUS" -eq 74 ]
}

# bats test_tags=threads
@test "lines: a reader that goes away ends the run with 74, and is said once" {
	reader_leaves lines
}

# bats test_tags=threads
@test "ordered: a reader that goes away ends the run with 74, and is said once" {
	reader_leaves ordered
}

@test "a full disk under stdout ends the run with 74" {
	for output in lines ordered; do
		STATUS=0
		seq 1000 | abuf --output $output -n 10 -- cat >/dev/full 2>err || STATUS=$?
		grep -qx 'abuf: stdout: No space left.*: nothing more is started' err
		[ "$STATUS" -eq 74 ]
	done
}

# stop_blocked OUTPUT COMMAND ...: a stop while nobody reads stdout
stop_blocked() {
	block_out
	seq 1000000 >numbers
	abuf_start --output "$1" --drain 500ms -n 1000 -j 2 numbers -- "${@:2}"
	wait_for 30 stands_still
	abuf_stop TERM
	grep -q '^abuf: stdout: nobody reads it: the rest is not written$' err
	[ "$STATUS" -eq 74 ]
}

# bats test_tags=threads
@test "lines: while stdout is blocked, a stop ends the run after --drain" {
	stop_blocked lines sh -c 'cat; yes'
}

# bats test_tags=threads
@test "ordered: while stdout is blocked, a stop ends the run after --drain" {
	stop_blocked ordered cat
}

# bats test_tags=threads
@test "while stdout is blocked, a second signal ends abuf at once" {
	block_out
	seq 1000000 >numbers
	mkfifo in
	exec 9<>in
	tell-end pid end "$BUILD/abuf" --output lines -n 1000 -j 2 numbers -- \
		yes <in >out 2>err 3>&- 9>&- &
	wait_for 20 test -s pid
	ABUF_PID=$(cat pid)
	wait_for 30 stands_still
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering' err
	kill -s TERM "$ABUF_PID"
	wait_for 10 test -s end
	[ "$(cat end)" = "signal 15" ]
}

# bats test_tags=threads
@test "a reader that comes before the end of a drain gets everything" {
	block_out
	abuf_start --output ordered -n 100 -j 2 -- cat
	feed_million
	wait_for 30 stands_still
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q 'stop: delivering' err
	read_out got
	wait_abuf
	[ "$STATUS" -eq 0 ]
	wait "$reader"
	[ "$(wc -l <got)" -gt 5000 ] && seq "$(wc -l <got)" | cmp - got
}

# bats test_tags=threads
@test "a command is ended for its time-out while stdout is blocked" {
	block_out
	abuf_start --output lines --timeout 200ms --kill-after 100ms --attempts 1 --shell -- \
		'trap "" TERM; echo $$ >pid; while echo y; do :; done'
	echo x >&9
	abuf_end
	wait_for 20 test -s pid
	wait_for 20 process_is_gone "$(cat pid)"
	read_out got
	wait_abuf
	[ "$STATUS" -eq 65 ]
	wait "$reader"
	[ "$(sort -u got)" = y ]
}

@test "output goes to the end of a file that is appended to" {
	seq 10000 >numbers
	for output in lines ordered; do
		echo first >out
		abuf --output $output -n 1000 numbers -- cat >>out
		echo last >>out
		{ echo first; cat numbers; echo last; } | cmp - out
	done
}

# bats test_tags=threads
@test "output goes to a socket, and to a terminal" {
	seq 100000 >numbers
	for output in lines ordered; do
		for to in socket-stdout on-terminal; do
			$to timeout -k 5 60 "$BUILD/abuf" --progress never --output \
				$output -n 1000 numbers -- cat | cmp - numbers
		done
	done
}

@test "the pipe that abuf writes to stays as it was for others" {
	mkfifo out
	exec 8<>out
	grep ^flags: /proc/self/fdinfo/8 >before
	seq 100 | abuf --output ordered -- cat >&8
	grep ^flags: /proc/self/fdinfo/8 | cmp - before
}

@test "output goes to a pipe that belongs to somebody else" {
	[ "$(id -u)" -eq 0 ] || skip "no right to become somebody else"
	seq 100000 >numbers
	place=$(mktemp -d /tmp/abuf-test.XXXXXX) && chmod 755 "$place"
	cp "$BUILD/abuf" "$place"
	timeout -k 5 60 setpriv --reuid=54321 --regid=54321 --clear-groups \
		"$place/abuf" --on-failure drop --output ordered -n 1000 -- cat \
		<numbers 3>&- | cat >out
	rm -r "$place"
	cmp out numbers
}

@test "a process that a command leaves behind does not hold its output up" {
	for output in lines ordered; do
		seq 10 | abuf --output $output -n 5 -- leave-grandchild pids >out
		seq 10 | cmp - out
	done
	xargs kill <pids
}

@test "ordered: few open files are enough for many workers" {
	seq 20000 >numbers
	(ulimit -n 64 && abuf --output ordered -n 10 -j 40 --ch-len 500 numbers -- \
		cat >out 2>err)
	[[ "$(cat err)" =~ ^abuf:\ open\ files:\ too\ few\ for\ 40\ workers:\ [1-9]\ will ]]
	cmp out numbers
}

@test "ordered: no folder to collect output in is refused before reading" {
	STATUS=0
	seq 10 | TMPDIR=$PWD/none abuf --output ordered -- cat 2>err || STATUS=$?
	[ "$STATUS" -eq 78 ]
	[ "$(cat err)" = "abuf: output: $PWD/none: No such file or directory" ]
}

@test "abuf sleeps while a command whose output it passes on does" {
	abuf_start --output lines -n 1 -- sh -c 'echo begun; exec sleep 60'
	echo x >&9
	wait_for 10 has_lines out 1
	before=$(grep -h ^voluntary /proc/"$ABUF_PID"/task/*/status)
	wait_for 10 stands_still
	[ "$(grep -h ^voluntary /proc/"$ABUF_PID"/task/*/status)" = "$before" ]
	kill -s TERM "$ABUF_PID"
	abuf_stop INT
}

# bats test_tags=threads
@test "pass: when nobody reads any more, the run ends at once with 74" {
	seq 100000 >numbers
	run bash -c 'timeout -k 2 20 "$BUILD/abuf" -n 10 numbers -- cat | head -n 1
		exit "${PIPESTATUS[0]}"'
	[ "$status" -eq 74 ]
	[[ "$output" == *"abuf: stdout: Broken pipe: nothing more is started"* ]]
	[ "$(grep -c 'attempt 1: killed by signal 13' <<<"$output")" -eq 1 ]
}

@test "pass: a command that fails for itself is tried again, reader or not" {
	run bash -c 'echo x | timeout -k 2 20 "$BUILD/abuf" --retry-delay 1ms..1ms \
		--attempts 2 --joblog jobs -- false | true; exit "${PIPESTATUS[1]}"'
	[ "$status" -eq 65 ] && [ "$(joblog_column jobs attempt)" = $'1\n2' ]
}
