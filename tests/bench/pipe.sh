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

# through_abuf FILE RECORDS
through_abuf() {
	EXPECT_READ=$((3 * SIZE[$1])) EXPECT_DELIVERED=${SIZE[$1]}
	feed "$1" | "$ABUF" -n "$2" -s 0 -j 2 --joblog "$FOLDER/joblog" -- \
		sh -c "$SINK"
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

# What the commands of through_abuf cost when there is nothing to read.
# commands_alone COUNT
commands_alone() {
	EXPECT_READ=$(($1 * READ_BY_TRUE))
	seq "$1" | xargs -n 1 -P 2 sh -c "$SINK"
}

# scaled CONTENDER: its median as if it had been given all
scaled() {
	calc "$(median "$1") * ${SIZE[long]} / ${SIZE[long_64]}" %.0f
}

section_pipe() {
	local chain='through_chain long' ours batches
	local work="$AMOUNT of ~120-byte lines"
	local small='through_abuf long 10000' large='through_abuf long 100000'

	measure_true
	run_once "$small" # warms up; how many commands it takes
	batches=$BATCHES
	race 5 "$small" "$chain" "$large" 'through_split long_64 10000' \
		"commands_alone $batches"
	ours=$(median "$small")
	ratio_row "$work, \`-n 10000 -s 0 -j 2\`, \`sh -c '$SINK'\`" \
		"$ours" "$(median "$chain")" '`cat F \| cat \| cat >/dev/null`' 1.5
	ratio_row 'the same' "$ours" "$(scaled 'through_split long_64 10000')" \
		"\`split -l 10000 --filter='$SINK'\`, 64 MiB scaled" 0.55
	row "the same, less its $batches commands" \
		"$(seconds $((ours - $(median "commands_alone $batches"))))" \
		"that chain; the commands alone, by \`xargs -P2\`: $(seconds \
			"$(median "commands_alone $batches")")" \
		"$(calc "($ours - $(median "commands_alone $batches")) /
			$(median "$chain")")" '' ''
	ratio_row "$work, \`-n 100000 -s 0 -j 2\`, the same command" \
		"$(median "$large")" "$(median "$chain")" 'that chain' 1.0

	race 5 'through_abuf short 100000' 'through_chain short'
	ratio_row "$AMOUNT of 8-byte lines, \`-n 100000 -s 0 -j 2\`, the same" \
		"$(median 'through_abuf short 100000')" \
		"$(median 'through_chain short')" 'that chain' 1.8

	race 3 "$small" 'through_parallel long_64 10000'
	ours=$(median "$small")
	ratio_row "$work, \`-n 10000 -s 0 -j 2\`, the same" "$ours" \
		"$(scaled 'through_parallel long_64 10000')" \
		'`parallel --pipe -N10000 -j2`, 64 MiB scaled' ''
}
