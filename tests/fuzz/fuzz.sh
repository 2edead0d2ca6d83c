#!/bin/sh
# fuzz.sh FOLDER SECONDS TARGET ...: run each target for so long, beginning with
# what corpus/ has for it.  What it learns stays in FOLDER, and so does an input
# that it finds: FOLDER/TARGET FOLDER/crash-... shows it again.
set -eu
folder=$1
seconds=$2
shift 2
corpora=$(dirname "$0")/corpus
status=0

for target in "$@"; do
	name=${target#fuzz_}
	learned=$folder/corpus/$name
	mkdir -p "$learned"
	[ ! -d "$corpora/$name" ] || cp "$corpora/$name"/* "$learned"
	echo "== $target"
	"$folder/$target" -max_total_time="$seconds" -timeout=5 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$folder/" "$learned" \
		>"$folder/$target.log" 2>&1 || status=1
	grep -E '^==[0-9]+==|SUMMARY|number_of_executed|Test unit' \
		"$folder/$target.log" || true
done
exit "$status"
