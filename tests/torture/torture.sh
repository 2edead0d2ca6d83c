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
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
status=0

part() {
	"$@" --seed "$seed" 2>&1 | tee -a "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}

# sweep SCENARIO PART ...
sweep() {
	part ./faults.py --jobs "$jobs" --scenario "$@"
}

if [ "${TORTURE:-}" = small ]; then
	sweep plain kill torn sync
	part ./space.py --sizes 8 --step 64
else
	sweep plain kill torn ladder sync broken full short interrupt
	sweep split kill torn ladder full
	sweep fan-out kill torn ladder sync full
	sweep rotation kill torn full
	part ./space.py --sizes 64
fi

echo "== table (seed $seed) =="
grep -v BROKEN: "$log" | grep ' seed '
if [ "$status" -ne 0 ]; then
	echo "BROKEN: see above"
fi
exit "$status"
