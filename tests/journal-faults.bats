# The journal under faults: whatever operation abuf is killed at, or whatever
# fails, every record comes, under an id that keeps its bytes.
#
# tests/torture has what this is done with; make torture does more of it.

# wait_abuf sets STATUS.
# shellcheck disable=SC2153

load helpers

# torture PROGRAM ...
torture() {
	draw_seed
	BUILD="$BUILD" "$BATS_TEST_DIRNAME/torture/$1" --seed "$SEED" "${@:2}" \
		3>&- 2>&1
}

# sweep PART ...: a fault at each operation in turn, in a scenario of 10 records
sweep() {
	torture faults.py "$@"
}

@test "SIGKILL before every operation, and in the run after it: nothing is lost" {
	sweep kill
}

@test "SIGKILL in the middle of every write: nothing is lost" {
	sweep torn
}

@test "the machine ends before every operation: what was tried keeps its id and bytes" {
	sweep --scenario plain --scenario large power
}

@test "--wal-sync always and batch: what is in an open window is certain in time, and comes" {
	sweep --jobs 4 --scenario window --scenario slowly power
}

@test "--wal-sync none: a file is read again, and a salvage goes on with a pipe" {
	sweep --jobs 4 --scenario file-none --scenario pipe-none --scenario large-none power
}

@test "... of a regular file nothing is lost, whatever ends, and wherever" {
	sweep --scenario file kill torn power full
}

@test "a sync that fails, whichever it is: 74, no frame follows, all is redone" {
	sweep sync
}

@test "a disk that fails for good, from whichever operation on: 74, all is redone" {
	sweep broken
}

# shellcheck disable=SC2016
SAY='cat >/dev/null; echo "$ABUF_BATCH_ID again=$ABUF_REDELIVERY" >>got'

# start_without_room AT ARG ...: no write of the journal from that one on finds
# room; three records
start_without_room() {
	export SHIM_FOLDER=$PWD/j SHIM_ONLY=write SHIM_AT=$1
	export SHIM_DO=fail-on SHIM_ERROR=28
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		LD_PRELOAD=$BUILD/shim.so abuf_start --wal j "${@:2}"
	seq 3 >&9
	abuf_end
}

is_out_of_room_or_gone() {
	grep -q 'waiting for space' err || process_is_gone "$ABUF_PID"
}

# A window's file is made read-only before there is a batch of it.
@test "not as root, killed before any operation: the next run goes on" {
	local at user=()
	[ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --clear-groups)
	cp "$BUILD/abuf" "$BUILD/shim.so" .
	chmod 777 .
	head -c 100000 /dev/zero | tr '\0' x >record
	for at in {1..50}; do
		"${user[@]}" env SHIM_FOLDER="$PWD/$at" SHIM_AT="$at" SHIM_DO=kill \
			ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
			LD_PRELOAD=./shim.so ./abuf -q --wal "$at" -- true <record ||
			[ $? -eq 137 ]
		"${user[@]}" ./abuf -q --wal "$at" -- true </dev/null
	done
}

# Room is reserved, but some file systems find none for what is written there.
@test "no command begins before that is written, and each repeat says so" {
	local at
	for at in {2..12}; do
		rm -rf j && : >got
		start_without_room "$at" -n 1 -- sh -c "$SAY"
		wait_for 20 is_out_of_room_or_gone
		kill_abuf || ABUF_PID=
		abuf --wal j -q -- sh -c "$SAY" </dev/null
		awk '$1 in seen && $2 != "again=1" { exit 1 } { seen[$1] }' got
	done
}

@test "... and where what was done cannot be written the run ends, and what it says is left is there" {
	local at lost
	for at in {4..12}; do
		rm -rf j && : >got
		start_without_room "$at" -n 1 --retry-deadline 500ms -- \
			sh -c "$SAY"
		wait_abuf
		lost=$(grep -c ': 1 record: lost$' err || true)
		[[ $STATUS == $((lost > 0 ? 74 : 75)) || $(wc -l <got) -eq 3 ]]
		abuf --wal j -q -- sh -c "$SAY" </dev/null
		[ "$(cut -d ' ' -f 1 got | sort -u | wc -l)" -eq $((3 - lost)) ]
	done
}

# split_without_room AT ARG ...: the same of a batch of which record 2 is bad
split_without_room() {
	rm -rf j && : >got
	start_without_room "$1" -n 3 --split "${@:2}" -- \
		sh -c 'cat >b; ! grep -q 2 b || exit 65; cat b >>got'
}

# All three records were delivered or set aside, or it was said that they are
# lost: then none was.
all_or_told() {
	abuf --wal j -q -- cat </dev/null >>got
	find got j/dead -type f ! -name '*.json' -exec cat {} + | sort -u >all
	if grep -q ': 3 records: lost$' err; then
		[ ! -s all ]
	else
		[ "$(cat all)" = $'1\n2\n3' ]
	fi
}

@test "... and a split that cannot be written is left when nobody waits longer" {
	local at
	for at in {4..12}; do
		split_without_room "$at" --retry-deadline 500ms
		wait_abuf
		[ "$STATUS" -eq 75 ] || grep -q ' lost$' err
		all_or_told
		split_without_room "$at"
		wait_for 20 grep -q ' space' err
		kill -TERM "$ABUF_PID"
		wait_for 10 grep -q '^abuf: stop: ' err
		abuf_stop TERM
		[ "$STATUS" -eq 143 ]
		all_or_told
	done
}

@test "short and interrupted writes, wherever they come: nobody notices" {
	sweep short interrupt
}

@test "no space for a moment, whenever it is: nothing is lost" {
	sweep full
}

@test "small disks, with and without a kill: nothing is lost, and it goes on with what there is" {
	unshare -Urm true || skip "no right to mount anything"
	torture space.py --sizes 64
}

# In a name space of its own: a pipe is read until the disk is full, and ends.
fill_the_disk() {
	mount -t tmpfs -o size=1M none disk
	seq 14000 | "$BUILD/abuf" --wal disk/j --retry-deadline 1s -t 100s \
		--retry-delay 20ms..50ms -- sh -c 'exit 75' 2>said
	echo $? >status
	"$BUILD/abuf" --wal disk/j -q -- cat </dev/null >out
}

@test "on a full disk a run ends in time, and what it says is left is there" {
	unshare -Urm true || skip "no right to mount anything"
	mkdir disk
	export -f fill_the_disk
	# Lines of 100 bytes, so that all of them are larger than the disk.
	unshare -Urm bash -c 'seq() { command seq -f "%0100.f" "$@"; }; fill_the_disk'
	grep -q 'waiting for space' said
	[ "$(cat status)" -eq 74 ]
	[ "$(wc -l <out)" -gt 0 ]
	grep -q " $(wc -l <out) records of default/default left for the next run" said
}

@test "killed while syncs take long: what survives is what was read first, without a gap" {
	torture slow.py --runs 6
}

# faked COMMAND ...: its wall clock shows what the file clock says.
faked() {
	exec env LD_PRELOAD="$FAKETIME_LIBRARY" FAKETIME_NO_CACHE=1 \
		FAKETIME_TIMESTAMP_FILE="$PWD/clock" \
		FAKETIME_DONT_FAKE_MONOTONIC=1 \
		ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" "$@"
}

@test "the clock is set back a year: windows close, and the next run goes on" {
	FAKETIME_LIBRARY=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
	[ -e "$FAKETIME_LIBRARY" ] || skip "no libfaketime"
	mkfifo in
	exec 9<>in
	date '+%F %T' >clock
	(faked "$BUILD/abuf" --wal "$PWD/wal" -n 3 -t 50ms -- \
		sh -c 'date +%Y; cat' <in >out 2>err 3>&- 9>&-) &
	ABUF_PID=$!
	seq 4 >&9
	wait_for 20 grep -qx 4 out
	date -d '1 year ago' '+%F %T' >clock
	seq 5 8 >&9
	wait_for 20 grep -qx 8 out
	[ "$(sort -nu out | xargs)" = "$(seq 8 | xargs) $(date -d '1 year ago' +%Y) $(date +%Y)" ]
	abuf_stop KILL
	seq 9 12 | (faked timeout -k 5 60 "$BUILD/abuf" --wal "$PWD/wal" -- cat 3>&-) >out
	[ "$(tail -n 4 out | xargs)" = "9 10 11 12" ]
}

@test "two abufs on one journal: the second says who has it, and ends with 75" {
	abuf_start --wal "$PWD/wal" -- cat
	wait_for 10 test -e wal/log-0000000000000001
	run -75 abuf --wal "$PWD/wal" -- cat <<<x
	[[ "$output" == *"/wal: in use by process $ABUF_PID" ]]
	echo y >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = y ]
}

# A pipeline of which a part survives abuf: it ends when the file go is there.
leave_pipeline() {
	cat >slow <<-'END'
		#!/bin/bash
		# The subshell is no child of abuf's, which the kernel would kill.
		(echo "$BASHPID" >left.pid.tmp
		mv left.pid.tmp left.pid
		until [ -e go ]; do sleep 0.02; done
		echo committed >>late) | cat
	END
	chmod +x slow
	abuf_start --wal "$PWD/wal" -n 1 -- ./slow
	echo x >&9
	wait_for 10 test -e left.pid
	kill -9 "$ABUF_PID"
	wait_for 10 process_is_gone "$ABUF_PID"
	LEFT=$(cat left.pid)
	ABUF_PID=
	abuf_end
	run ! process_is_gone "$LEFT"
}

@test "what a killed abuf's pipeline left running is ended by the next run" {
	leave_pipeline
	abuf --wal "$PWD/wal" -- tee redone </dev/null 2>err
	process_is_gone "$LEFT"
	[ "$(cat redone)" = x ]
	[ ! -e late ]
	grep -q 'of an earlier run killed$' err
	rm err
}

@test "--wal-fence wait: it is awaited, and only then the batch is redone" {
	leave_pipeline
	"$BUILD/abuf" --wal "$PWD/wal" --wal-fence wait -- \
		sh -c 'cat late; cat' </dev/null >out 2>err 3>&- &
	ABUF_PID=$!
	wait_for 10 test -s wal/LOCK
	touch go
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(xargs <out)" = 'committed x' ]
}

@test "--wal-fence ignore: it is left alone" {
	leave_pipeline
	abuf --wal "$PWD/wal" --wal-fence ignore -- tee redone </dev/null 2>err
	run ! process_is_gone "$LEFT"
	touch go
	wait_for 10 test -s late
	[ "$(cat redone)" = x ]
}
