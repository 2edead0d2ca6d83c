# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# latency.sh: how long one record has to wait.

DELAY_MS=10
# Far enough apart that each record is a batch of its own.
GAP_MS=30

one_abuf() {
	EXPECT_OUTPUT=x
	printf 'x\n' | "$ABUF" -- cat
}

one_cat() {
	EXPECT_OUTPUT=x
	printf 'x\n' | cat
}

# A record's age at the moment at which its command runs.
delayed() {
	EXPECT_DELIVERED=$((20 * $1)) EXPECT_MORE=count_delayed
	"$PROBE" tick "$1" "$GAP_MS" |
		"$ABUF" -t "${DELAY_MS}ms" --joblog "$FOLDER/joblog" -- \
			"$PROBE" stamp "$FOLDER/delayed"
}

count_delayed() {
	DELAYED=$((DELAYED + BATCHES))
}

# The same command, started at once.
direct() {
	"$PROBE" spawn "$1" "$GAP_MS" "$FOLDER/direct"
}

section_latency() {
	local ours peer over early

	race 300 one_abuf one_cat
	ours=$(median one_abuf) peer=$(median one_cat)
	row "\`printf 'x\\n' \\| abuf -- cat\`" "$(milliseconds "$ours")" \
		"\`printf 'x\\n' \\| cat\`: $(milliseconds "$peer")" \
		"$(calc "($ours - $peer) / 1000" '%+.2f ms')" '≤ +3 ms' \
		"$ours - $peer <= 3000"

	: >"$FOLDER/delayed"
	: >"$FOLDER/direct"
	DELAYED=0
	race 5 'delayed 40' 'direct 40'
	[ "$(wc -l <"$FOLDER/delayed")" -eq "$DELAYED" ] ||
		fail "delay: not a stamp from each of $DELAYED commands"
	# shellcheck disable=SC2046 # word splitting is wanted: numbers
	early=$(quantile 5 $(cat "$FOLDER/delayed"))
	# A command that does not wait would win.
	[ "$early" -ge $((DELAY_MS * 1000 - 1000)) ] ||
		fail "delay: did not wait: $early µs"
	# shellcheck disable=SC2046
	ours=$(quantile 95 $(cat "$FOLDER/delayed"))
	# shellcheck disable=SC2046
	peer=$(quantile 95 $(cat "$FOLDER/direct"))
	over=$((ours - peer))
	row "\`-t ${DELAY_MS}ms\`: first record to exec, p95 of $DELAYED" \
		"$(milliseconds "$ours")" \
		"the same program started at once: $(milliseconds "$peer")" \
		"$(calc "$over / 1000" '%+.2f ms')" \
		"≤ +$DELAY_MS ms + 3 ms" "$over <= ($DELAY_MS + 3) * 1000"
}
