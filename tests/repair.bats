# What a repair or a salvage takes out of a journal is in its quarantine, before
# it is gone from its place: whatever happens meanwhile, and however often.

load helpers

# A journal j of two runs: a segment that is dead, as one that came back after a
# crash, and one with four batches, of 3 records each and one of 1, that wait.
leave_batches() {
	abuf --wal j -- cat <<<older >before
	cp j/log-0000000000000001 dead
	run -75 abuf --wal j -n 3 --retry-deadline 300ms -- sh -c 'exit 75' \
		< <(seq 10)
	cp dead j/log-0000000000000001
}

# flip OFFSET: a bit of the newest segment.
flip() {
	local byte
	byte=$(od -An -tu1 -j "$1" -N 1 j/log-0000000000000002)
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" |
		dd of=j/log-0000000000000002 bs=1 seek="$1" conv=notrunc status=none
}

# The second batch is one; original has what is found then.
damage_second_batch() {
	flip $(($(abufctl wal dump --json j |
		jq 'select(.type == "BATCH" and .batch == "1.3").offset') + 40))
	rm -rf original
	cp -a j original
}

# shimmed SETTING ...: a repair, with what tests/torture/shim.c does to it.
shimmed() {
	timeout 60 env LD_PRELOAD="$BUILD/shim.so" SHIM_FOLDER="$(realpath j)" \
		ASAN_OPTIONS=verify_asan_link_order=0 "$@" \
		"$BUILD/abufctl" wal repair --apply j 3>&-
}

# Whatever segments there were, their bytes are there, somewhere.
has_originals() {
	local sum
	find j -type f -exec sha256sum {} + >there
	while read -r sum _; do
		grep -q "^$sum " there || return
	done < <(sha256sum original/log-0*)
}

# Once it is repaired, all but the second batch comes.
comes_all() {
	abufctl wal repair --apply j >/dev/null
	has_originals
	abuf --wal j -- cat </dev/null >out
	has_originals
	[ "$(sort -n out | tr '\n' ' ')" = "1 2 3 7 8 9 10 " ]
}

# sweep SETTING ...: whichever operation of a repair this happens at
sweep() {
	local at status
	for ((at = 1, status = 1; status != 0; at++)); do
		rm -rf j
		cp -a original j
		shimmed SHIM_AT=$at "$@" >/dev/null && status=0 || status=$?
		has_originals
		[ $((at % 2)) -eq 0 ] || abuf --wal j -- true </dev/null || :
		has_originals
		[ $((at % 2)) -eq 1 ] || comes_all
	done
	[ "$at" -gt 20 ]
}

@test "a repair that is killed, wherever: every segment is there, and it begins anew" {
	leave_batches
	damage_second_batch
	sweep SHIM_DO=kill
}

@test "... or that the disk gets full in" {
	leave_batches
	damage_second_batch
	sweep SHIM_DO=fail-on SHIM_ERROR=28
}

@test "a repair keeps a dead segment, as well" {
	leave_batches
	damage_second_batch
	abufctl wal repair --apply j
	cmp original/log-0000000000000001 j/quarantine/log-0000000000000001
	cmp original/log-0000000000000002 j/quarantine/log-0000000000000002
}

@test "a salvage keeps every segment whole" {
	leave_batches
	damage_second_batch
	run -74 abuf --wal j --wal-recover salvage -- cat </dev/null
	has_originals
}

@test "a second accident replaces nothing that the first one has left" {
	leave_batches
	damage_second_batch
	abufctl wal repair --apply j
	mv original first
	mv j/quarantine kept
	rm -r j
	leave_batches
	damage_second_batch
	mv kept j/quarantine
	abufctl wal repair --apply j
	cmp first/log-0000000000000002 j/quarantine/log-0000000000000002
	cmp original/log-0000000000000002 j/quarantine/log-0000000000000002.1
}
