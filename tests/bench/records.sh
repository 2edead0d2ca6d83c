# shellcheck shell=bash
# shellcheck disable=SC2004,SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# records.sh: what it costs to look at records: formats, hashes, fan-out.

# Windows are large here: what is measured is records, not commands.
WINDOW=10000

# formatted FILE OPTION ...: every record gets through
formatted() {
	local file=$1
	shift
	EXPECT_READ=$((2 * SIZE[$file])) EXPECT_RECORDS=${RECORDS[$file]}
	feed "$file" | "$ABUF" "$@" -s 0 --joblog "$FOLDER/joblog" -- \
		sh -c "$SINK"
}

# through_jq FILE: three columns of each record
through_jq() {
	EXPECT_READ=$((2 * SIZE[$1]))
	feed "$1" | jq -r '[.id,.user,.ts]|@tsv' >/dev/null
}

# dispatched FILE CHANNELS DISPATCH RECORDS: to several channels of a buffer
dispatched() {
	local file=$1 channels=$2 dispatch=$3 records=$4
	[ "$dispatch" != hash ] || dispatch='{"hash":"user"}'
	[ "$dispatch" != all ] || dispatch='"all"'
	{
		printf '{"async_buffer":{"default":{"dispatch":%s,"chs":{' \
			"$dispatch"
		seq "$channels" | sed 's/.*/"c&":{"ch_len":200000}/' | paste -sd ,
		printf '}}}}'
	} >"$FOLDER/dispatch.json"
	formatted "$file" -c "$FOLDER/dispatch.json" -n "$records"
	local status=$?
	[[ $dispatch != *all* ]] ||
		EXPECT_RECORDS=$((channels * RECORDS[$file]))
	return "$status"
}

section_records() {
	local raw="formatted json -n $WINDOW -j 2" copy check hash all one jq
	local large="formatted json -n 100000 -j 2 --format copy"
	local work="$AMOUNT of JSON lines, \`-n $WINDOW -s 0 -j 2" whole

	make_data json json "$BENCH_MIB"
	make_data json_64 json 64
	check="$raw --format json" copy="$raw --format copy --columns id,user,ts"
	large+=' --columns id,user,ts'
	hash="dispatched json 2 hash $WINDOW" jq='through_jq json_64'
	race 5 "$raw" "$check" "$copy" "$large" "$hash" "$jq"
	whole=$(calc "$(median "$jq") * ${SIZE[json]} / ${SIZE[json_64]}" %.0f)
	ratio_row "$AMOUNT of JSON lines, \`-n 100000 -s 0 -j 2 --format copy\` \
of 3 columns" "$(median "$large")" "$whole" \
		"\`jq -r '[.id,.user,.ts]\|@tsv'\`, 64 MiB scaled" 0.0667
	ratio_row "... \`-n $WINDOW\`: ten times the commands" \
		"$(median "$copy")" "$whole" 'the same' ''
	ratio_row "$work --format json\`" "$(median "$check")" \
		"$(median "$raw")" 'raw' 2.5
	ratio_row "$AMOUNT of JSON lines, \`hash\` to 2 channels by a field" \
		"$(median "$hash")" "$(median "$raw")" 'raw, `-j 2`' 3

	for records in 100000 "$WINDOW"; do
		all="dispatched json 3 all $records"
		one="dispatched json 1 all $records"
		race 5 "$one" "$all"
		ratio_row "$AMOUNT of JSON lines, \`-n $records\`, each to 3 channels" \
			"$(median "$all")" "$(median "$one")" 'to one' \
			"$([ "$records" = "$WINDOW" ] || echo 1.6)"
	done
}
