# What every test file loads: load helpers
#
# A test runs in a folder of its own.  What it starts, teardown ends, and what
# abuf said is printed when a test fails.
#
#	abuf ...          runs abuf, bounded in time, without bats' fd 3
#	abuf_start ...    runs it in the background: stdin is a FIFO that the
#	                  test writes through fd 9 (>&9); files out and err;
#	                  its pid is $ABUF_PID
#	abuf_end          ends its input; wait_abuf awaits it: status in $STATUS
#	abuf_stop SIGNAL  sends a signal, then awaits it
#	kill_abuf         kill -9
#	opens FILE        polls until it has this file open
#	wait_for S CMD    polls until CMD succeeds, at most S seconds
#	flip FILE OFFSET  changes one bit of a file
#	draw_seed         sets SEED, unless it is, and says it whatever becomes of
#	                  the test: the same SEED does the same again
#	status_is FILTER  jq's filter holds for the state of the abuf whose
#	                  control socket is the file s
#
# Nothing sleeps but wait_for.

bats_require_minimum_version 1.5.0

setup() {
	: "${BUILD:?the folder of abuf and abufctl}"
	PATH="$BATS_TEST_DIRNAME/bin:$BUILD:$PATH"
	ABUF_PID=
	cd "$BATS_TEST_TMPDIR" || return
	unset ABUF_CONTROL ABUF_BATCH_ID STATE_DIRECTORY
	# What cannot be delivered is set aside here: $DEAD/ID.batch, ID.json.
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	DEAD=$XDG_STATE_HOME/abuf/dead
}

teardown() {
	if [ -n "$ABUF_PID" ] && kill -9 "$ABUF_PID" 2>/dev/null; then
		wait "$ABUF_PID" 2>/dev/null || true
	fi
	if [ -s "$BATS_TEST_TMPDIR/err" ]; then
		sed 's/^/err: /' "$BATS_TEST_TMPDIR/err" >&2
	fi
}

draw_seed() {
	: "${SEED:=$RANDOM}"
	echo "# seed $SEED" >&3
}

# The built program, not whatever the machine has installed.
abuf() {
	timeout -k 5 60 "$BUILD/abuf" "$@" 3>&-
}

abufctl() {
	timeout -k 5 60 "$BUILD/abufctl" "$@" 3>&-
}

abuf_start() {
	[ -p in ] || mkfifo in
	exec 9<>in
	"$BUILD/abuf" "$@" <in >out 2>err 3>&- 9>&- &
	ABUF_PID=$!
}

abuf_end() {
	exec 9>&-
}

# Polls: a program that hangs must not hang the suite.
wait_abuf() {
	wait_for 30 process_is_gone "$ABUF_PID"
	STATUS=0
	wait "$ABUF_PID" || STATUS=$?
	ABUF_PID=
}

abuf_stop() {
	kill -s "$1" "$ABUF_PID"
	wait_abuf
}

kill_abuf() {
	kill -9 "$ABUF_PID"
	wait "$ABUF_PID" 2>/dev/null || true
	ABUF_PID=
}

opens() {
	wait_for 10 is_open "$1"
}

is_open() {
	find "/proc/$ABUF_PID/fd" -lname "*/$1" 2>/dev/null | grep -q .
}

# A zombie of ours is gone, too: only wait tells its status.
process_is_gone() {
	local state
	state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) ||
		return 0
	[ -z "$state" ] || [ "${state:0:1}" = Z ]
}

wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# has_lines FILE N: FILE has at least N lines.
has_lines() {
	[ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# joblog_column FILE NAME: that column of a joblog, without its header.
joblog_column() {
	awk -F '\t' -v name="$2" 'NR == 1 {
		for (i = 1; i <= NF; i++) if ($i == name) c = i
		next
	} { print $c }' "$1"
}

# Everything written through fd 9 has been read.
all_read() {
	[ "$(unread-bytes <&9)" -eq 0 ]
}

# entry SUFFIX: the description of the dead letter whose id ends so
entry() {
	cat "$DEAD"/*"$1".json
}

# jq's filter holds for the one value there is: none would please jq -e alone.
holds_for() {
	jq -es "length == 1 and (.[0] | $1)" "${@:2}"
}

# entry_has SUFFIX FILTER: jq's filter holds for that description
entry_has() {
	holds_for "$2" "$DEAD"/*"$1".json >jq.out || {
		entry "$1"
		return 1
	}
}

# The names of all dead letters without the run: "1.2.r3 1.4"
entries() {
	find "$DEAD" -name '*.batch' -printf '%f\n' |
		sed -E 's/^[0-9a-f]{16}\.(.*)\.batch$/\1/' | LC_ALL=C sort |
		paste -sd ' '
}

# flip FILE OFFSET: one bit of it
flip() {
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Sanitizers are slow, and have memory and threads of their own.
is_sanitized() {
	[[ "${BUILD##*/}" == *address* || "${BUILD##*/}" == *thread* ]]
}

# An empty answer alone would please jq -e.
status_is() {
	timeout -k 2 20 "$BUILD/abufctl" -s s status --json 2>/dev/null |
		holds_for "$1" >/dev/null
}
