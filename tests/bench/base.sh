# shellcheck shell=bash
# shellcheck disable=SC2004,SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# base.sh: what a batch costs beside an earlier commit, BENCH_BASE: processor
# time of abuf and its commands together, and system calls.

build_base() {
	local folder=$FOLDER/base
	BASE=$folder/build/plain/abuf
	[ ! -x "$BASE" ] || return 0
	[ -n "${BENCH_BASE:-}" ] || fail 'base: BENCH_BASE=COMMIT is needed'
	mkdir -p "$folder"
	git -C "$HERE/../.." archive --format=tar "$BENCH_BASE" |
		tar -xf - -C "$folder" || fail "base: $BENCH_BASE: no such commit"
	env -u BUILD -u SAN make -s -C "$folder" all >&2 ||
		fail "base: $BENCH_BASE: does not build"
}

# batches_by PROGRAM: a batch for each of $SPAWNS records
batches_by() {
	EXPECT_DELIVERED=${SIZE[numbers]} EXPECT_MORE=take_processor_time
	local TIMEFORMAT='%U %S'
	{ time "$1" -n 1 -j 2 --joblog "$FOLDER/joblog" -- true \
		<"$FOLDER/numbers" 2>&3; } 3>&2 2>"$FOLDER/times"
}

take_processor_time() {
	RUN_US=$(awk '{ printf "%.0f\n", ($1 + $2) * 1e6 }' "$FOLDER/times")
	[ "$RUN_US" -gt 0 ] || fail 'base: no processor time'
}

# calls_of PROGRAM: system calls per batch
calls_of() {
	seq 300 >"$FOLDER/some"
	strace -f -c -o "$FOLDER/calls" "$1" -n 1 -- true <"$FOLDER/some" ||
		fail "base: strace: $1"
	awk '$NF == "total" { printf "%.1f\n", $(NF > 5 ? 4 : 3) / 300 }' \
		"$FOLDER/calls"
}

section_base() {
	local ours theirs

	build_base
	race 9 "batches_by $ABUF" "batches_by $BASE"
	ours=$(median "batches_by $ABUF")
	theirs=$(median "batches_by $BASE")
	row "processor time of $SPAWNS batches that succeed, \`true\`" \
		"$(seconds "$ours")" "commit $BENCH_BASE: $(seconds "$theirs")" \
		"$(calc "$ours / $theirs")" '≤ 1.05x' "$ours <= 1.05 * $theirs"
	race 9 "through $ABUF long 10000" "through $BASE long 10000"
	ratio_row "$AMOUNT of ~120-byte lines, \`-n 10000 -s 0 -j 2\`" \
		"$(median "through $ABUF long 10000")" "$(median "through $BASE long 10000")" \
		"commit $BENCH_BASE" 1.05
	ours=$(calls_of "$ABUF")
	theirs=$(calls_of "$BASE")
	row 'system calls of such a batch, its command included' \
		"$ours" "commit $BENCH_BASE: $theirs" \
		"$(calc "$ours / $theirs")" '≤ 1.05x' "$ours <= 1.05 * $theirs"
}
