# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153,SC2154 # backquotes are Markdown; see bench.sh
# journal.sh: what --wal costs beside the same run without it, and how soon a
# run goes on that finds a backlog.
#
# The journal is on the file system of the folder, which is a disk: all that is
# synced is written to it.

# with_wal ARGUMENT ...: abuf with a journal that is new
with_wal() {
	rm -rf "$FOLDER/wal"
	"$ABUF" --wal "$FOLDER/wal" "$@"
}

# file_by PROGRAM
file_by() {
	EXPECT_READ=$((2 * SIZE[long])) EXPECT_DELIVERED=${SIZE[long]}
	"$1" -n 10000 -s 0 -j 2 --joblog "$FOLDER/joblog" "$FOLDER/long" -- \
		sh -c "$SINK"
}

# single_by PROGRAM
single_by() {
	EXPECT_DELIVERED=${SIZE[numbers]}
	feed numbers | "$1" -n 1 -j 2 --joblog "$FOLDER/joblog" -- true
}

# leave_backlog MIB: in a journal, by a command that never takes any, and says so
# for each batch
leave_backlog() {
	local status=0
	head -c $(($1 << 20)) "$FOLDER/long" | "$ABUF" -q \
		--wal "$FOLDER/backlog-$1" --wal-max 4G -n 10000 -s 0 \
		--retry-deadline 1ms -- sh -c 'exit 75' 2>"$FOLDER/said" ||
		status=$?
	[ "$status" -eq 75 ] || fail "backlog: status $status"
}

# restart_with MIB: until the first command begins.  It never ends, and so the
# backlog stays; abuf is killed.
restart_with() {
	EXPECT_MORE=take_restart
	rm -f "$FOLDER/first"
	"$ABUF" -q --wal "$FOLDER/backlog-$1" -n 10000 -s 0 -- bash -c '
		echo "${EPOCHREALTIME/./}" >"$1.new" && mv "$1.new" "$1"
		exec sleep 100' bash "$FOLDER/first" </dev/null &
	STARTED_US=${EPOCHREALTIME/./}
	while [ ! -e "$FOLDER/first" ]; do
		kill -0 "$!" || return 1
		sleep 0.005
	done
	RESIDENT=$(awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$!/status")
	kill -9 "$!"
	wait "$!" 2>/dev/null
	return 0
}

take_restart() {
	RUN_US=$(($(<"$FOLDER/first") - STARTED_US))
}

# drain_backlog: all of it, to its end
drain_backlog() {
	EXPECT_MORE=take_drained
	python3 "$HERE/sample.py" "$FOLDER/samples" "$ABUF" -q \
		--wal "$FOLDER/backlog-$BENCH_MIB" -n 10000 -s 0 -j 2 -- \
		sh -c "$SINK" </dev/null
}

take_drained() {
	local samples
	read -r samples _ RESIDENT _ <"$FOLDER/samples"
	[ "$samples" -gt 0 ] || fail 'backlog: no samples'
}

section_journal() {
	local work="$AMOUNT of ~120-byte lines" ours small

	race 5 "file_by with_wal" "file_by $ABUF"
	ratio_row "$work, a file, \`--wal\`, \`-n 10000 -s 0 -j 2\`" \
		"$(median 'file_by with_wal')" "$(median "file_by $ABUF")" \
		'without' 1.15
	race 5 "through with_wal long 10000" "through $ABUF long 10000"
	ratio_row "$work, a pipe, the same" "$(median 'through with_wal long 10000')" \
		"$(median "through $ABUF long 10000")" 'without' 1.5
	race 5 "single_by with_wal" "single_by $ABUF"
	ratio_row "$SPAWNS records, one a batch, \`--wal\`, \`true\`" \
		"$(median 'single_by with_wal')" "$(median "single_by $ABUF")" \
		'without' 1.6
	rm -rf "$FOLDER/wal"

	leave_backlog "$BENCH_MIB"
	leave_backlog 8
	race 5 "restart_with $BENCH_MIB" 'restart_with 8'
	ours=$(median "restart_with $BENCH_MIB") small=$(median 'restart_with 8')
	row "first command after a restart, $AMOUNT of backlog" \
		"$(milliseconds "$ours")" "8 MiB: $(milliseconds "$small")" \
		"$(calc "$ours / $small")" '≤ 1 s, ≤ 1.5x' \
		"$ours <= 1000000 && $ours <= 1.5 * $small"
	run_once "restart_with $BENCH_MIB"
	row 'resident at most (`VmHWM`) then' "$(mebibytes "$RESIDENT")" '–' '–' \
		'≤ 16 MiB' "$RESIDENT <= 16777216"
	run_once drain_backlog
	row '... while all of it is delivered' "$(mebibytes "$RESIDENT")" '–' \
		'–' '≤ 16 MiB' "$RESIDENT <= 16777216"
	rm -rf "$FOLDER"/backlog-*
}
