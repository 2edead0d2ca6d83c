#!/bin/bash
# torture.sh: the journal under faults, for long; make torture.  BUILD is the
# folder of abuf.  TORTURE=small is a smoke test.  Each part says its seed; the
# same SEED does the same again.  The last lines are a table of all parts.
set -u
: "${BUILD:?the folder of abuf}"
cd "$(dirname "$0")" || exit 1
export BUILD
seed=${SEED:-$RANDOM}
jobs=$(nproc)
log=$(mktemp)
trap 'rm -f "$log" "$log.part"' EXIT
trap 'exit 1' HUP INT TERM
status=0

part() {
	"$@" --seed "$seed" 2>&1 | tee -a "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}

# long NAME COMMAND ...: one that says its own seed and counts; its minutes go
# into the table.
long() {
	local name=$1 began=$SECONDS verdict=whole
	shift
	"$@" 2>&1 | tee "$log.part"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1 verdict=BROKEN:
	printf '%s seed %s: %s %s, %d.%d minutes\n' "$name" "$seed" "$verdict" \
		"$(tail -n 1 "$log.part")" $(((SECONDS - began) / 60)) \
		$(((SECONDS - began) % 60 / 6)) >>"$log"
}

# sweep SCENARIO PART ...
sweep() {
	part ./faults.py --jobs "$jobs" --scenario "$@"
}

if [ "${TORTURE:-}" = small ]; then
	sweep plain kill torn sync
	part ./space.py --sizes 8 --step 64
	part ./slow.py --runs 4
	long 'kill -9, pipe' ../kill.py --runs 10 --seed "$seed" pipe ledger
	long rotations ../rotate.py --rotations 20 --seed "$seed"
else
	sweep plain kill torn ladder sync broken full short interrupt
	sweep split kill torn ladder full
	sweep fan-out kill torn ladder sync full
	sweep rotation kill torn full
	part ./space.py --sizes 64
	part ./slow.py --runs 200
	for source in file pipe; do
		long "kill -9, $source, SQLite" ../kill.py --runs 1000 \
			--records 2000000 --seed "$seed" "$source" sqlite
	done
	long 'kill -9, PostgreSQL and others' env KILLS=1000 \
		KILL_SECONDS=7200 bats --print-output-on-failure ../kill.bats
	long 'states after a crash' env ABUF_CRASH_STATES=10000000 \
		ABUF_CRASH_SEED="$seed" "$BUILD/unit" wal_crash
	long 'every bit of 64 KiB' env ABUF_BITS=all "$BUILD/unit" journal_bits
	long 'rotations' ../rotate.py --rotations 10000 --seed "$seed"
	long 'rotations, 3 workers' ../rotate.py --rotations 10000 \
		--workers 3 --seed "$seed"
fi

echo "== table (seed $seed) =="
grep -v BROKEN: "$log" | grep ' seed '
if [ "$status" -ne 0 ]; then
	echo "BROKEN: see above"
fi
exit "$status"
