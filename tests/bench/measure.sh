# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# measure.sh: time contenders by turns, and check what each run delivered.
#
# A contender is a function and its arguments in one string.  It says in
# EXPECT_* what its run has to prove, and returns the status of its pipeline.
# EXPECT_MORE is a function to call last; it may replace the time, RUN_US.

# How many races each section runs, for sharing out the time.
declare -A SHARES=([pipe]=3 [records]=3 [spawn]=2 [memory]=2 [latency]=2
	[idle]=1 [journal]=4 [base]=2)
SHARES_LEFT=0
ROUNDS_LEAST=3
ROUNDS_SEEN=5 # the fewest of any race
declare -A TIMES # contender: microseconds of each run

say() {
	echo "bench: $*" >&2
}

fail() {
	say "$*"
	exit 1
}

# Bytes that this shell and all children that it waited for have read, pipes
# and files alike.  The kernel adds a child's count to its parent's when the
# child is reaped, so this holds for children of children too.
bytes_read() {
	local key value
	while read -r key value; do
		if [ "$key" = rchar: ]; then
			BYTES_READ=$value
			return
		fi
	done <"/proc/$$/io"
	fail '/proc: the kernel counts no reads: nothing can be checked'
}

# Fail unless the joblog says that EXPECT_DELIVERED bytes, or EXPECT_RECORDS
# records, met with status 0.
check_joblog() {
	local what=$1 bytes records bad
	[ -s "$FOLDER/joblog" ] || fail "$what: wrote no joblog"
	read -r bytes records BATCHES bad LARGEST < <(awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		$column["status"] != 0 { bad++ }
		{ size = $column["bytes"]; bytes += size; batches++ }
		{ records += $column["records"] }
		size > largest { largest = size }
		END { printf "%.0f %.0f %d %d %.0f\n", bytes, records, batches,
			bad, largest }
		' "$FOLDER/joblog")
	[ "$bad" -eq 0 ] || fail "$what: $bad of $BATCHES commands failed"
	[ -z "$EXPECT_DELIVERED" ] || [ "$bytes" -eq "$EXPECT_DELIVERED" ] ||
		fail "$what: delivered $bytes bytes of $EXPECT_DELIVERED"
	[ -z "$EXPECT_RECORDS" ] || [ "$records" -eq "$EXPECT_RECORDS" ] ||
		fail "$what: delivered $records records of $EXPECT_RECORDS"
}

# Run a contender once: its status, its time, and the proof that it has done
# its work.
run_once() {
	local what=$1 start end before status
	EXPECT_READ=0 EXPECT_DELIVERED='' EXPECT_RECORDS='' EXPECT_OUTPUT=''
	EXPECT_MORE=''
	rm -f "$FOLDER/joblog"
	bytes_read
	before=$BYTES_READ
	set -o pipefail
	start=${EPOCHREALTIME/./}
	# Word splitting is wanted: a function and its arguments.
	# shellcheck disable=SC2086
	$what >"$FOLDER/output"
	status=$?
	end=${EPOCHREALTIME/./}
	bytes_read
	[ "$status" -eq 0 ] || fail "$what: status $status"
	[ $((BYTES_READ - before)) -ge "$EXPECT_READ" ] || fail "$what:" \
		"read $((BYTES_READ - before)) bytes, not $EXPECT_READ"
	[ -z "$EXPECT_DELIVERED$EXPECT_RECORDS" ] || check_joblog "$what"
	[ "$(<"$FOLDER/output")" = "$EXPECT_OUTPUT" ] ||
		fail "$what: wrong output"
	RUN_US=$((end - start))
	[ -z "$EXPECT_MORE" ] || "$EXPECT_MORE"
}

# race ROUNDS CONTENDER ...: by turns, ROUNDS times, or fewer (but at least
# ROUNDS_LEAST) when this race has used up its share of the time.
race() {
	local wanted=$1 round contender began=$SECONDS share left
	shift
	say "measuring: $(printf '%s; ' "$@")"
	left=$((DEADLINE - SECONDS))
	share=$((SHARES_LEFT > 0 ? left / SHARES_LEFT : left))
	SHARES_LEFT=$((SHARES_LEFT - 1))
	for contender; do TIMES[$contender]=''; done
	for ((round = 1; round <= wanted; round++)); do
		if [ "$round" -gt "$ROUNDS_LEAST" ] &&
			[ $(((SECONDS - began) * round / (round - 1))) -ge "$share" ]; then
			break
		fi
		for contender; do
			run_once "$contender"
			TIMES[$contender]+="$RUN_US "
		done
	done
	[ $((round - 1)) -ge "$ROUNDS_SEEN" ] || ROUNDS_SEEN=$((round - 1))
}

# quantile PERCENT NUMBER ...
quantile() {
	local percent=$1
	shift
	printf '%s\n' "$@" | sort -n | awk -v percent="$percent" '
		{ sorted[NR] = $1 }
		END {
			place = 1 + (NR - 1) * percent / 100
			low = int(place)
			high = low < NR ? low + 1 : low
			step = sorted[high] - sorted[low]
			printf "%.0f\n", sorted[low] + step * (place - low)
		}'
}

# median CONTENDER: microseconds
median() {
	# Word splitting is wanted: numbers.
	# shellcheck disable=SC2086
	quantile 50 ${TIMES[$1]}
}
