#!/bin/bash
# torture.sh: the journal under faults, for long; make torture.  BUILD is the
# folder of abuf.  TORTURE=small is a smoke test; TORTURE='rotation space' does
# these parts alone:
#
#	plain split fan-out large window slowly file rotation none
#	                               a fault at each operation of a scenario
#	space slow                     small disks, and slow ones
#	kill servers                   kill -9 while something is loaded
#	states bits                    crashes and damage, in memory
#	rotate                         files rotated under kill -9
#
# Each part says its seed; the same SEED does the same again.  The last lines
# are a table of all parts, in minutes; one of which something was skipped, for
# want of a server, is not whole.  Servers and rotations mostly wait: they go on
# beside the others, and what they say comes when these have ended.
set -u
: "${BUILD:?the folder of abuf}"
cd "$(dirname "$0")" || exit 1
export BUILD
chosen=$(xargs <<<"${TORTURE:-}") # without needless spaces
chosen=${chosen:-all}
parts='all plain split fan-out large window slowly file rotation none space slow'
parts="$parts kill servers states bits rotate"
seed=${SEED:-$RANDOM}
jobs=$(nproc)
folder=$(mktemp -d)
log=$folder/log
tracks=() track=
trap 'for track in "${tracks[@]}"; do kill -TERM -- "-$track"; done
	rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
status=0

part() {
	"$@" --seed "$seed" 2>&1 | tee -a "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}

# in_minutes: the table, with one unit: what ends with seconds, as "7.5 s"
in_minutes() {
	perl -pe 's|([0-9.]+) s(  BROKEN)?$|sprintf("%.1f minutes%s", $1 / 60, $2 // "")|e'
}

# judge STATUS: of what is in $log.part.  A bats run with tests that were
# skipped, as there is no server, is not whole.
judge() {
	if [ "$1" -ne 0 ]; then
		echo BROKEN:
	elif grep -q '^ok .* # skip' "$log.part"; then
		echo "not whole: $(grep -c '^ok .* # skip' "$log.part") skipped,"
	else
		echo whole
	fi
}

# long NAME COMMAND ...: one that says its own seed and counts; its minutes go
# into the table.
long() {
	local name=$1 began=$SECONDS verdict
	shift
	"$@" 2>&1 | tee "$log.part"
	verdict=$(judge "${PIPESTATUS[0]}")
	[ "$verdict" != BROKEN: ] || status=1
	printf '%s seed %s: %s %s, %d.%d minutes\n' "$name" "$seed" "$verdict" \
		"$(tail -n 1 "$log.part")" $(((SECONDS - began) / 60)) \
		$(((SECONDS - began) % 60 / 6)) >>"$log"
}

# faults SCENARIO PART ...
faults() {
	part ./faults.py --jobs "$jobs" --scenario "$@"
}

# wants PART: is it to be done?
wants() {
	case " $chosen " in
	*' all '* | *" $1 "*) return 0 ;;
	esac
	return 1
}

# sweep SCENARIO PART ...: if the scenario is
sweep() {
	if wants "$1"; then faults "$@"; fi
}

# beside PART: in the background, in a process group of its own.
beside() {
	wants "$1" || return 0
	set -m
	TORTURE=$1 SEED=$seed ./torture.sh >"$folder/$1" 2>&1 &
	set +m
	tracks+=("$!")
}

# Wait for PART, the oldest that is beside this one.
join() {
	wants "$1" || return 0
	wait "${tracks[0]}" || status=1
	tracks=("${tracks[@]:1}")
	cat "$folder/$1"
	sed '1,/^== table/d' "$folder/$1" >>"$log"
}

small() {
	faults plain kill torn power sync
	part ./space.py --sizes 8 --step 64
	part ./slow.py --runs 4
	long 'kill -9, pipe' ../kill.py --runs 10 --seed "$seed" pipe ledger
	long rotations ../rotate.py --rotations 20 --seed "$seed"
}

sweeps() {
	sweep plain kill torn power ladder sync broken full short interrupt
	sweep split kill torn power ladder full
	sweep fan-out kill torn power ladder sync full
	sweep rotation kill torn power full
	sweep large kill torn power sync full
	sweep window kill torn power sync full
	sweep slowly power
	sweep file kill torn power sync broken full
	if wants none; then
		faults file-none kill power
		faults pipe-none kill power
		faults large-none kill power
	fi
	if wants space; then part ./space.py --sizes 64; fi
	if wants slow; then part ./slow.py --runs 200; fi
}

kills() {
	for source in file pipe; do
		wants kill || break
		long "kill -9, $source, SQLite" ../kill.py --runs 1000 \
			--records 2000000 --seed "$seed" "$source" sqlite
	done
}

servers() {
	long 'kill -9, PostgreSQL and others' env KILLS=1000 SEED="$seed" \
		KILL_SECONDS=7200 bats --print-output-on-failure ../kill.bats
}

images() {
	if wants states; then
		long 'states after a crash' env ABUF_CRASH_STATES=10000000 \
			ABUF_CRASH_SEED="$seed" "$BUILD/unit" wal_crash
		long 'the same, whole journals' env ABUF_CRASH_STATES=10000000 \
			ABUF_CRASH_SEED="$seed" "$BUILD/unit" journal_crash
	fi
	if wants bits; then
		long 'every bit of 64 KiB' env ABUF_BITS=all \
			"$BUILD/unit" journal_bits
	fi
}

rotations() {
	long 'rotations' ../rotate.py --rotations 10000 --seed "$seed"
	long 'rotations, 3 workers' ../rotate.py --rotations 10000 \
		--workers 3 --seed "$seed"
	long 'rotations, a pattern' ../rotate.py --rotations 10000 \
		--pattern --seed "$seed"
}

[ "$chosen" = small ] || for name in $chosen; do
	case " $parts " in
	*" $name "*) ;;
	*) echo "torture.sh: $name: no such part" >&2; exit 64 ;;
	esac
done
case $chosen in
small) small ;;
servers) servers ;;
rotate) rotations ;;
*)
	beside servers
	beside rotate
	sweeps
	kills
	images
	join servers
	join rotate
	;;
esac

echo "== table (seed $seed) =="
grep -v BROKEN: "$log" | grep ' seed ' | in_minutes
if [ "$status" -ne 0 ]; then
	echo "BROKEN: see above"
fi
exit "$status"
