# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# pipe.sh: many bytes through a pipe.
#
# Whoever passes a byte on reads it, so three programs in a row read the input
# three times over.  That is the proof for each contender, abuf among them: its
# commands really read what its joblog says that they were given.

SINK='cat >/dev/null'

# The issue is a pipe, not a file that could be read at once.
feed() {
	cat "$FOLDER/$1"
}

# through PROGRAM FILE RECORDS
through() {
	EXPECT_READ=$((3 * SIZE[$2])) EXPECT_DELIVERED=${SIZE[$2]}
	feed "$2" | "$1" -n "$3" -s 0 -j 2 --joblog "$FOLDER/joblog" -- \
		sh -c "$SINK"
}

# through_abuf FILE RECORDS
through_abuf() {
	through "$ABUF" "$@"
}

# through_chain FILE
through_chain() {
	EXPECT_READ=$((3 * SIZE[$1]))
	feed "$1" | cat | cat >/dev/null
}

# through_split FILE RECORDS
through_split() {
	EXPECT_READ=$((3 * SIZE[$1]))
	feed "$1" | split -l "$2" --filter="$SINK"
}

# through_parallel FILE RECORDS
through_parallel() {
	EXPECT_READ=$((3 * SIZE[$1]))
	feed "$1" | parallel --will-cite --pipe -N "$2" -j 2 \
		--block 2M "$SINK"
}

# What so many commands cost with nothing to read, two at a time, started by
# posix_spawn(3): no program that starts them can be faster than that.
# commands_alone COUNT
commands_alone() {
	EXPECT_READ=$(($1 * READ_BY_TRUE))
	"$PROBE" repeat "$1" sh -c "$SINK" </dev/null
}

# scaled CONTENDER: its median as if it had been given all
scaled() {
	calc "$(median "$1") * ${SIZE[long]} / ${SIZE[long_64]}" %.0f
}

# less_commands_row OURS COUNT CHAIN: what is left of our time without them
less_commands_row() {
	local left
	left=$(($1 - $(median "commands_alone $2")))
	row "... less what its $2 commands cost alone" "$(seconds "$left")" \
		"the chain; the commands: $(seconds \
			"$(median "commands_alone $2")")" \
		"$(calc "$left / $3")" '' ''
}

section_pipe() {
	local ours chain few many
	local work="$AMOUNT of ~120-byte lines" sink="\`sh -c '$SINK'\`"
	local small='through_abuf long 10000' large='through_abuf long 100000'
	local short='through_abuf short 100000'

	# This warms up, and tells how many commands there are.
	measure_true
	run_once "$short"
	many=$BATCHES
	run_once "$small"
	few=$BATCHES

	race 5 "$small" 'through_chain long' "$large" \
		'through_split long_64 10000' "commands_alone $few"
	ours=$(median "$small") chain=$(median 'through_chain long')
	ratio_row "$work, \`-n 10000 -s 0 -j 2\`, $sink" "$ours" "$chain" \
		'`cat F \| cat \| cat >/dev/null`' 1.5
	less_commands_row "$ours" "$few" "$chain"
	ratio_row '... beside `split`' "$ours" \
		"$(scaled 'through_split long_64 10000')" \
		"\`split -l 10000 --filter='$SINK'\`, 64 MiB scaled" 0.55
	ratio_row "$work, \`-n 100000 -s 0 -j 2\`, the same command" \
		"$(median "$large")" "$chain" 'the chain' 1.0

	race 5 "$short" 'through_chain short' "commands_alone $many"
	ours=$(median "$short") chain=$(median 'through_chain short')
	ratio_row "$AMOUNT of 8-byte lines, \`-n 100000 -s 0 -j 2\`, the same" \
		"$ours" "$chain" 'the chain' 1.8
	less_commands_row "$ours" "$many" "$chain"

	race 3 "$small" 'through_parallel long_64 10000'
	ratio_row "$work, \`-n 10000 -s 0 -j 2\`, the same" \
		"$(median "$small")" "$(scaled 'through_parallel long_64 10000')" \
		'`parallel --pipe -N 10000 -j 2`, 64 MiB scaled' ''
}
