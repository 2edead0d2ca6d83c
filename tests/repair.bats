# What a repair or a salvage takes out of a journal is in its quarantine, before
# it is gone from its place: whatever happens meanwhile, and however often.

# run sets stderr.
# shellcheck disable=SC2154

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

# damage FILTER: a bit of the newest segment, in the first frame like that
damage() {
	local log at byte
	log=$(find j -maxdepth 1 -name 'log-0*' | sort | tail -n 1)
	at=$(($(abufctl wal dump --json j |
		jq -s "map(select($1).offset) | first") + 40))
	byte=$(od -An -tu1 -j "$at" -N 1 "$log")
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$log" bs=1 seek="$at" conv=notrunc status=none
}

# The second batch is one; original has what is found then.
damage_second_batch() {
	damage '.type == "BATCH" and .batch == "1.3"'
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

# The first of four batches was too large for its frame, and is done; the file
# went with it, and the frame that says so is damaged.
damage_ack() {
	# shellcheck disable=SC2016 # for the command's shell
	run -75 abuf --wal j -n 1 --retry-deadline 300ms -- sh -c \
		'[ "$(wc -c)" -gt 100 ] || exit 75' < <(
		printf '%0100000d\n' 0
		seq 3
	)
	[ ! -e j/w/0000000000000001 ]
	damage '.type == "ACK" and .seq == 1'
}

@test "a batch that may be done, for its file is gone, holds nobody up after a repair" {
	damage_ack
	run -74 abufctl wal repair j
	[[ $output = *"lose: batches 1.1 to 1.1 of default/default"* ]]
	[[ $output = *"keep: 3 batches, 3 records, 6 bytes"* ]]
	abufctl wal repair --apply j
	run -0 abufctl wal check j
	run -0 --separate-stderr abuf --wal j -- cat </dev/null
	[ "$output" = "$(seq 3)" ]
}

@test "... nor in a salvage, which tells" {
	damage_ack
	run -74 --separate-stderr abuf --wal j --wal-recover salvage -- cat </dev/null
	[ "$output" = "$(seq 3)" ]
	[[ $stderr = *"lost, or done before: batches 1.1 to 1.1 of default/default"* ]]
	run -0 abuf --wal j -- cat </dev/null
	[ -z "$output" ]
}

@test "... and neither does an open window whose file is gone" {
	abuf_start --wal j -t 1h -- cat
	echo 1 >&9
	wait_for 10 eval 'abufctl wal dump j | grep -q "OPEN .*records=1"'
	kill_abuf
	rm j/w/*
	damage '.type == "OPEN"'
	run -0 abufctl wal repair --apply j
	[[ $output = *"lose: 1 open window whose file is gone"* ]]
	run -0 abufctl wal check j
	run -0 abuf --wal j -- cat </dev/null
}

# A journal j of the file f, all of it delivered, and its log gone.
lose_log() {
	seq 3 >f
	abuf --wal j f -- cat >got
	rm j/log-0*
}

@test "where the log is gone, files are read from their start: all say so" {
	lose_log
	run -74 abufctl wal check j
	[[ $output == *"damage: "*"a file is read from its start"*"delivered comes again"* ]]
	run -74 abuf --wal j f -- cat
	[[ $output == *"the log is missing: "*"; how far files were read is lost with it: see"* ]]
	run -74 abufctl wal repair j
	[[ $output == *"lose: the whole log"*"how far each file was read"* ]]
	[[ $output == *"again: "*"from its start"*"under ids of another run"* ]]
	[[ $output == *"; 0 open windows; how far 0 files were read"* ]]
	[[ $output != *"0 batches that may have been done"*"old segments"* ]]
	run -74 --separate-stderr abuf --wal j --wal-recover salvage f -- cat
	[ "$output" = "$(cat f)" ]
	[[ $stderr == *"its log is missing"*"from their start"* ]]
	[[ $stderr != *quarantine* ]]
}

@test "... and check, once it is repaired, before the next run" {
	lose_log
	run -0 abufctl wal repair --apply j
	[[ $output == *"repaired: nothing was there to be moved; a file is read from"* ]]
	run -0 abufctl wal check j
	[[ $output == *"note: no run has begun in this log: a file is read from its start"* ]]
	run -0 abufctl wal stat j
	[[ $output == *"last run: none"* ]]
	run -0 --separate-stderr abuf --wal j f -- cat
	[ "$output" = "$(cat f)" ]
	[[ $stderr == *"journal: j: no run has begun in its log"*"from its start"* ]]
	run -0 abufctl wal check j
	[[ $output != *"no run has begun"* ]]
	run -0 abuf --wal j f -- cat
	[ -z "$output" ]
}

@test "a repair says how many files it knows, and what comes again of others" {
	seq 4 >f
	run -75 abuf --wal j -n 1 --retry-deadline 200ms f -- sh -c 'exit 75'
	damage '.type == "BATCH" and .batch == "1.2"'
	run -74 abufctl wal repair j
	[[ $output == *"; how far 1 file was read" || $output == *"; how far 1 file was read"$'\n'* ]]
	[[ $output == *"again, under other ids: records of files behind the positions that are kept"* ]]
	run -74 --separate-stderr abuf --wal j --wal-recover salvage f -- cat
	[[ $stderr == *"records of files may come again, under other ids"* ]]
	[[ $stderr == *"; the old log is in j/quarantine"* ]]
}

# A journal j whose only checkpoint is damaged, with 5 of 6 batches inside.
damage_checkpoint() {
	for _ in 1 2; do
		run -75 abuf --wal j -n 1 --retry-deadline 200ms -- \
			sh -c 'exit 75' < <(seq 3)
	done
	damage '.type == "CHECKPOINT"'
}

# The records of batches that are in the log, and not done.
by_hand() {
	abufctl wal dump --json j | jq -rs '
		[.[] | select(.type == "ACK" and .part == 0) | "\(.lane).\(.seq)"] as $done |
		.[] | select(.inside_at and (.batch | IN($done[]) | not)) |
		"\(.segment) \(.inside_at) \(.bytes)"' |
		while read -r segment at bytes; do
			tail -c "+$((at + 1))" "$(printf 'j/log-%016x' "$segment")" |
				head -c "$bytes"
		done
}

@test "of a log without a whole checkpoint it is said what is left to do" {
	damage_checkpoint
	run -74 abufctl wal check j
	[[ $output == *"left: move j away, with its dead letters"*"from their start"* ]]
	run -74 abufctl wal repair --apply j
	[[ $output == *"left: records that wait are in j/w and in j/log-"*"inside_at"* ]]
}

@test "... and batches inside it can be had by hand" {
	damage_checkpoint
	[ "$(by_hand)" = $'1\n2\n3\n1\n2\n3' ]
	at=$(abufctl wal dump --json j | jq -s 'map(select(.batch == "1.2")) | .[0].inside_at')
	flip j/log-0000000000000002 "$at"
	[ "$(by_hand)" = $'1\n3\n1\n2\n3' ]
}

@test "where in a file lost batches were is told, by those around them" {
	seq -w 100 >f
	run -75 abuf --wal j -n 10 --retry-deadline 200ms f -- sh -c 'exit 75'
	damage '.type == "BATCH" and .batch == "1.2"'
	damage '.type == "BATCH" and .batch == "1.3"'
	text="batches 1.2 to 1.3 of default/default"
	where="in bytes 40 to 120 of $PWD/f"
	run -74 abufctl wal check j
	[[ $output == *"$text: lost, or done before: $where"* ]]
	run -74 abufctl wal repair j
	[[ $output == *"lose: $text: $where"* ]]
	run -74 --separate-stderr abuf --wal j --wal-recover salvage f -- cat
	[[ $stderr == *"lost, or done before: $text: $where"* ]]
	[ "$(head -c 120 f | tail -c +41 | cat - <(echo "$output") | sort)" = "$(cat f)" ]
}

@test "... where none is behind them, they are read again" {
	seq -w 20 >f
	run -75 abuf --wal j -n 10 --retry-deadline 200ms f -- sh -c 'exit 75'
	damage '.type == "BATCH" and .batch == "1.2"'
	run -74 --separate-stderr abuf --wal j --wal-recover salvage f -- cat
	[[ $stderr == *"journal: j: damaged: "* && $stderr != *"in bytes"* ]]
	[ "$output" = "$(cat f)" ]
}
