# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# memory.sh: what abuf holds while bytes run through it.  Not timed: taking the
# samples takes time.
#
# Windows in flight, with -j 2 and nothing allowed to wait: one open, one closed
# that waits at the loop, two with workers.  Everything above four windows is
# overhead: resident memory, and files kept for longer than they have to be.

WINDOWS_IN_FLIGHT=4
OVERHEAD_MAX=16777216

# sampled FILE MIB RECORDS: sets PEAK (resident + window files), RESIDENT
# (VmHWM), WINDOWS (files only) and ALLOWED, all in bytes.
sampled() {
	EXPECT_DELIVERED=$(($2 * 1048576)) EXPECT_READ=$((3 * $2 * 1048576))
	EXPECT_MORE=take_samples
	head -c "$EXPECT_DELIVERED" "$FOLDER/$1" |
		python3 "$HERE/sample.py" "$FOLDER/samples" "$ABUF" \
			-n "$3" -s 0 -j 2 --joblog "$FOLDER/joblog" -- \
			sh -c 'cat >/dev/null'
}

take_samples() {
	local samples
	read -r samples PEAK RESIDENT WINDOWS <"$FOLDER/samples"
	[ "$samples" -gt 0 ] || fail 'memory: no samples'
	# A program that keeps its windows elsewhere has not been measured.
	[ "$WINDOWS" -gt 0 ] || fail 'memory: no window was seen'
	ALLOWED=$((WINDOWS_IN_FLIGHT * LARGEST))
}

# overhead_row WORK FILE RECORDS
overhead_row() {
	local over round peak=0
	say "memory: $1"
	for round in 1 2 3; do
		run_once "sampled $2 $BENCH_MIB $3"
		[ "$PEAK" -le "$peak" ] || peak=$PEAK
	done
	over=$((peak - ALLOWED))
	row "$1: resident + window files, peak of $round runs" \
		"$(mebibytes "$peak")" \
		"$WINDOWS_IN_FLIGHT windows in flight: $(mebibytes "$ALLOWED")" \
		"$(calc "$over / 1048576" '%+.1f MiB')" '≤ +16 MiB' \
		"$over <= $OVERHEAD_MAX"
}

# The same for ten times the input.
growth_row() {
	local round large='' small='' part=$((BENCH_MIB / 10))
	say 'memory: growth'
	for round in 1 2 3; do
		run_once "sampled long $BENCH_MIB 10000"
		large+="$RESIDENT "
		run_once "sampled long $part 10000"
		small+="$RESIDENT "
	done
	# Word splitting is wanted: numbers.
	# shellcheck disable=SC2086
	large=$(quantile 50 $large)
	# shellcheck disable=SC2086
	small=$(quantile 50 $small)
	row "resident at most (\`VmHWM\`), $AMOUNT, \`-n 10000\`" \
		"$(mebibytes "$large")" "$part MiB: $(mebibytes "$small")" \
		"$(calc "$large / $small")" '≤ 1.2x' "$large <= 1.2 * $small"
}

section_memory() {
	SHARES_LEFT=$((SHARES_LEFT - 2))
	overhead_row '~120-byte lines, `-n 10000`' long 10000
	overhead_row '~120-byte lines, `-n 100000`' long 100000
	overhead_row '8-byte lines, `-n 100000`' short 100000
	growth_row
}
