#!/bin/sh
# fuzz.sh FOLDER SECONDS TARGET ...: run each target for so long, two at a time,
# beginning with what corpus/ has for it.  What it learns stays in FOLDER, and
# so does an input that it finds: FOLDER/TARGET FOLDER/crash-... shows it again.
set -eu
folder=$1
seconds=$2
shift 2
corpora=$(dirname "$0")/corpus
status=0

# What a target has to say comes in one piece.
run() {
	target=$1
	name=${target#fuzz_}
	learned=$folder/corpus/$name
	log=$folder/$target.log
	code=0
	mkdir -p "$learned"
	[ ! -d "$corpora/$name" ] || cp "$corpora/$name"/* "$learned"
	"$folder/$target" -max_total_time="$seconds" -timeout=5 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$folder/" "$learned" \
		>"$log" 2>&1 || code=1
	echo "== $target
$(if [ "$code" -eq 0 ]; then grep number_of_executed "$log"; else
		tail -n 40 "$log"; fi)"
	return "$code"
}

while [ $# -gt 0 ]; do
	second=
	run "$1" &
	first=$!
	shift
	if [ $# -gt 0 ]; then
		run "$1" &
		second=$!
		shift
	fi
	wait "$first" || status=1
	[ -z "$second" ] || wait "$second" || status=1
done
exit "$status"
