#!/bin/bash
# run.sh [FILE.bats ...]: run the tests against the programs in $BUILD.
#
# TAGS=threads runs only the tests with that tag.  The last line reads
# "N passed, N failed" (", N skipped" may follow); with CI=true a skipped test
# is a failed one.  RESULTS=FILE gets a line "TARGET PASSED FAILED SECONDS".
set -u
: "${BUILD:?the folder of abuf and abufctl}"
cd "$(dirname "$0")/.." || exit 1
export BUILD

files=("$@")
[ $# -gt 0 ] || files=(tests/*.bats)
options=(--formatter tap --timing --print-output-on-failure)
[ -z "${TAGS:-}" ] || options+=(--filter-tags "$TAGS")
if command -v parallel >/dev/null; then
	options+=(--jobs 2 --no-parallelize-within-files)
fi

log=$(mktemp)
report=$(mktemp -d)
trap 'rm -rf "$log" "$report"' EXIT
options+=(--report-formatter junit --output "$report")
start=$SECONDS
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99} \
UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1:exitcode=99} \
TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:exitcode=99:suppressions=$PWD/tests/tsan.supp} \
	bats "${options[@]}" "${files[@]}" 2>&1 | tee "$log"
bats_status=${PIPESTATUS[0]}

skipped=$(grep -Ec '^ok [0-9]+ .*# skip' "$log")
passed=$(($(grep -Ec '^ok [0-9]+' "$log") - skipped))
failed=$(grep -Ec '^not ok [0-9]+' "$log")
# bats may fail without a failing test (a file that cannot be loaded).
if [ "$bats_status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	failed=1
fi
if [ "$skipped" -gt 0 ]; then
	echo "skipped for want of a program or a right:"
	grep -E '^ok [0-9]+ .*# skip' "$log" | sed 's/^ok [0-9]* /  /'
fi
echo "minutes of each file:"
sed -n 's/.*<testsuite name="\([^"]*\)".* time="\([^"]*\)".*/\2 \1/p' \
	"$report"/*.xml 2>/dev/null | sort -rn | awk '{ printf "%6.2f  %s\n", $1 / 60, $2 }'
if [ "${CI:-}" = true ]; then
	failed=$((failed + skipped))
fi
if [ -n "${RESULTS:-}" ]; then
	echo "$(basename "$BUILD") $passed $failed $((SECONDS - start))" >>"$RESULTS"
fi
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
