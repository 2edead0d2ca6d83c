#!/bin/bash
# bench.sh [SECTION ...]: measure the abuf in $BUILD beside its peers and print
# the table of the README.  Sections: pipe records spawn memory latency idle
# journal, and base if BENCH_BASE names a commit to compare with.
#
# Exit status: 0 every bound holds, 2 a bound is missed, 1 a run failed or did
# not deliver what it had to, or the whole took longer than BENCH_SECONDS (590).
# BENCH_MIB (1024): how much goes through the pipes; a multiple of 64.
#
# This process makes the temporary folder and sees to it that it goes away.  The
# measuring is done by a second one under timeout(1), which ends it, and all that
# it started, should a run hang.
set -u
: "${BUILD:?the folder of abuf}"
BENCH_SECONDS=${BENCH_SECONDS:-590}
export BUILD BENCH_SECONDS
HERE=$(cd "$(dirname "$0")" && pwd)

watch_over() {
	local folder pid='' status
	# On disk: /tmp may be memory.  Windows are to be there too.
	folder=$(mktemp -d "${TMPDIR:-/var/tmp}/abuf-bench.XXXXXX") || exit 1
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$folder'" EXIT
	trap 'kill "$pid" 2>/dev/null' INT TERM HUP
	TMPDIR=$folder BENCH_FOLDER=$folder \
		timeout --kill-after=5 "$BENCH_SECONDS" "$0" "$@" &
	pid=$!
	wait "$pid"
	status=$?
	# A signal ends the first wait, not the child.
	if kill -0 "$pid" 2>/dev/null; then
		wait "$pid"
		status=130
	fi
	# timeout(1) leads a process group; whoever is left in it ignores TERM.
	kill -KILL -- "-$pid" 2>/dev/null
	case $status in
	0 | 1 | 2 | 130) exit "$status" ;;
	124 | 137) echo "bench: not done in $BENCH_SECONDS s: failed" >&2 ;;
	*) echo "bench: ended by status $status" >&2 ;;
	esac
	exit 1
}

describe_machine() {
	local model memory
	model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
	echo "$("$ABUF" --version | head -n 1) on $(nproc) cores" \
		"(${model:-$(uname -m)}), $memory, $(uname -sr)," \
		"$(date -u +%Y-%m-%d); load average at the start:" \
		"$(cut -d ' ' -f 1 /proc/loadavg)."
}

# Make FILE of MIB copies of a block of 1 MiB, and have it in the page cache
# with nothing left to be written while we measure.
make_data() {
	local file=$FOLDER/$1 kind=$2 mib=$3
	python3 "$HERE/data.py" "$kind" "$mib" >"$file" || fail "$1: no data"
	sync "$file"
	cat "$file" >/dev/null
	SIZE[$1]=$(stat -c %s "$file")
	RECORDS[$1]=$(wc -l <"$file")
}

prepare() {
	# A copy: a build that goes on beside us must not change what is measured.
	cp "$BUILD/abuf" "$ABUF" || fail 'abuf: not built'
	! grep -qE '__(asan|tsan|ubsan)_' "$ABUF" ||
		fail "$BUILD/abuf: built with a sanitizer"
	make_data long long "$BENCH_MIB"
	make_data long_64 long 64
	make_data short short "$BENCH_MIB"
	seq "$SPAWNS" >"$FOLDER/numbers"
	SIZE[numbers]=$(stat -c %s "$FOLDER/numbers")
	PROBE=$FOLDER/bench-probe
	"${CC:-cc}" -O2 -std=c11 -D_GNU_SOURCE -o "$PROBE" "$HERE/probe.c" ||
		fail 'probe.c: does not compile'
	export PARALLEL_HOME=$FOLDER
}

finish() {
	cat <<-END

	Each line is measured beside its peer in the same run: medians of interleaved
	runs (A B A B ...), at least $ROUNDS_SEEN rounds. The exit status and the delivered
	bytes of every run are checked. \`split\` and \`parallel\` get 64 MiB, and their
	times are scaled linearly to $AMOUNT. Took $((SECONDS - STARTED)) s.
	END
	if [ "$MISSED" -gt 0 ]; then
		echo "bench: missed: $MISSED" >&2
		exit 2
	fi
}

[ -n "${BENCH_FOLDER:-}" ] || watch_over "$@"

FOLDER=$BENCH_FOLDER
ABUF=$FOLDER/abuf
STARTED=$SECONDS
# Races share the time up to here; the rest is for what cannot be cut short.
# shellcheck disable=SC2034 # read by race
DEADLINE=$((SECONDS + BENCH_SECONDS * 2 / 3))
BENCH_MIB=${BENCH_MIB:-1024}
AMOUNT="$BENCH_MIB MiB"
[ "$BENCH_MIB" -ne 1024 ] || AMOUNT='1 GiB'
SPAWNS=3000
declare -A SIZE RECORDS # of the data files, in bytes and in lines
# What runs beside us must not outlive us.
trap 'jobs -p | xargs -r kill 2>/dev/null' EXIT

# shellcheck source=tests/bench/measure.sh
. "$HERE/measure.sh"
# shellcheck source=tests/bench/table.sh
. "$HERE/table.sh"
# shellcheck source=tests/bench/pipe.sh
. "$HERE/pipe.sh"
# shellcheck source=tests/bench/records.sh
. "$HERE/records.sh"
# shellcheck source=tests/bench/spawn.sh
. "$HERE/spawn.sh"
# shellcheck source=tests/bench/memory.sh
. "$HERE/memory.sh"
# shellcheck source=tests/bench/latency.sh
. "$HERE/latency.sh"
# shellcheck source=tests/bench/idle.sh
. "$HERE/idle.sh"
# shellcheck source=tests/bench/journal.sh
. "$HERE/journal.sh"
# shellcheck source=tests/bench/base.sh
. "$HERE/base.sh"

[ $# -gt 0 ] || set -- pipe records spawn memory latency idle journal \
	${BENCH_BASE:+base}
for section in "$@"; do
	declare -F "section_$section" >/dev/null ||
		fail "$section: no such section"
	SHARES_LEFT=$((SHARES_LEFT + SHARES[$section]))
done
say 'making data'
prepare
describe_machine
table_head
for section in "$@"; do
	"section_$section"
done
finish
