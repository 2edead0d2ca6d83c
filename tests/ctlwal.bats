# abufctl wal: a journal is looked at from outside, which changes nothing, and
# repaired if that is asked for.

# wait_abuf sets STATUS; setup sets DEAD.
# shellcheck disable=SC2153

load helpers

# A journal j with four batches, of 3 records each and one of 1, that wait.
leave_batches() {
	run -75 abuf --wal j -n 3 --retry-deadline 300ms -- sh -c 'exit 75' \
		< <(seq 10)
}

# Everything in the journal, to see that nothing was changed.
fingerprint() {
	find j -type f -exec sha256sum {} + | sort
	find j -printf '%p %m %T@\n' | sort
}

# The offset of the frame with the second batch, in the only segment.
second_batch() {
	abufctl wal dump --json j |
		jq 'select(.type == "BATCH" and .batch == "1.2").offset'
}

damage_second_batch() {
	flip j/log-0000000000000001 $(($(second_batch) + 40))
}

@test "check says what a restart would do, and it does that" {
	leave_batches
	run -0 abufctl wal check j
	[[ $output = *"a restart would succeed: to do again: 4 batches, 10 records"* ]]
	[[ $output = *"(default/default: 4 batches, 10 records, 21 bytes)"* ]]
	run -0 abuf --wal j -- cat </dev/null
	[ "$(grep -c '^[0-9]*$' <<<"$output")" -eq 10 ]
	run -0 abufctl wal check j
	[[ $output = *"to do again: 0 batches, 0 records, 0 bytes"* ]]
}

@test "nothing is changed by a look, nor by a plan" {
	leave_batches
	fingerprint >before
	abufctl wal check j
	abufctl wal stat j
	abufctl wal dump j
	abufctl wal repair j
	abufctl wal repair --apply j
	fingerprint | cmp before -
	damage_second_batch
	fingerprint >before
	run -74 abufctl wal check j
	run -74 abufctl wal stat j
	run -74 abufctl wal dump j
	run -74 abufctl wal repair j
	fingerprint | cmp before -
}

@test "a torn end is a note, for a restart cuts it off" {
	leave_batches
	echo torn >>j/log-0000000000000001
	run -0 abufctl wal check j
	[[ $output = *"note: "*"a torn end of 5 bytes: "*"or cut off, at the very end looks like that"* ]]
	[[ $output = *"to cut: 5 torn bytes" ]]
	abuf --wal j -- cat </dev/null
}

@test "... of as many bytes as the restart says, whatever is cut from windows" {
	abuf_start --wal j -t 1h -- cat
	echo 1 >&9
	wait_for 10 eval 'abufctl wal dump j | grep -q "OPEN .*records=1"'
	kill_abuf
	echo torn >>j/log-0000000000000001
	printf half >>j/w/0000000000000001
	run -0 abufctl wal check j
	[[ $output = *"a torn end of 5 bytes"* ]]
	run -0 abuf --wal j -- cat </dev/null
	[[ $output = *" 5 bytes torn, 4 of windows cut off or set aside; "* ]]
}

@test "a damaged log is refused, as abuf refuses it" {
	leave_batches
	at=$(second_batch)
	damage_second_batch
	run -74 abufctl wal check j
	[[ $output = *"refused: "*"at $at: synced data is damaged"* ]]
	[[ $output = *"damage: segment 1: lost: 112 bytes at $at"* ]]
	[[ $output = *"a restart would end with 74: see abufctl wal repair" ]]
	run -74 abuf --wal j -- cat </dev/null
	[[ $output = *"at $at: synced data is damaged"* ]]
}

@test "a salvage delivers what is whole, says what is lost, and ends with 74" {
	leave_batches
	damage_second_batch
	run -74 --separate-stderr abuf --wal j --wal-recover salvage -- cat </dev/null
	[[ $stderr = *"lost: 1 batch "* ]]
	[[ $stderr = *"batches 1.2 to 1.2 of default/default"* ]]
	[ "${#lines[@]}" -eq 7 ]
	run -0 abuf --wal j -- cat </dev/null
	[ -z "$output" ]
}

@test "a repair keeps what is whole, and the old log in the quarantine" {
	leave_batches
	at=$(second_batch)
	damage_second_batch
	cp j/log-0000000000000001 old
	run -74 abufctl wal repair j
	[[ $output = *"skip: segment 1: 112 bytes at $at"* ]]
	[[ $output = *"lose: 1 batch "* ]]
	[[ $output = *"lose: batches 1.2 to 1.2 of default/default"* ]]
	[[ $output = *"keep: 3 batches, 7 records, 15 bytes"* ]]
	run -0 abufctl wal repair --apply j
	[[ $output = *"repaired: moved to quarantine: 1 segment"* ]]
	cmp old j/quarantine/log-0000000000000001
	run -0 abufctl wal check j
	abuf --wal j -- cat </dev/null >out
	[ "$(sort -n out | tr '\n' ' ')" = "1 2 3 7 8 9 10 " ]
}

@test "after a repair no id is used a second time" {
	leave_batches
	damage_second_batch
	abufctl wal repair --apply j
	# shellcheck disable=SC2016 # for the command's shell
	seq 5 | abuf --wal j -- sh -c 'echo "$ABUF_BATCH_SEQ"' >out
	run ! grep -qx 2 out
	grep -qE '^10000[0-9]{5}$' out
}

# A batch that waits in a file, and no log.
lose_log() {
	{ head -c 200000 /dev/zero | tr '\0' x; echo; } >large
	run -75 abuf --wal j --retry-deadline 300ms -s 1M -- \
		sh -c 'exit 75' < <(cat large)
	rm j/log-*
}

@test "a log that is missing while windows are there is damage, and is refused" {
	lose_log
	run -74 abufctl wal check j
	[[ $output = *"the log is missing, and w has 1 file of windows"* ]]
	run -74 abuf --wal j -- cat </dev/null
	[[ $output = *"the log is missing, and w has 1 file of windows"* ]]
	cmp large j/w/0000000000000001
}

@test "... a salvage sets the windows aside, says so, and ends with 74" {
	lose_log
	run -74 abuf --wal j --wal-recover salvage -- cat </dev/null
	[[ $output = *"its log is missing"*"1 window set aside"* ]]
	cmp large j/quarantine/w-0000000000000001
	run -0 abuf --wal j -- cat </dev/null
}

@test "... and so does a repair" {
	lose_log
	run -74 abufctl wal repair j
	[[ $output = *"move to quarantine: "*"1 window's file"* ]]
	run -0 abufctl wal repair --apply j
	cmp large j/quarantine/w-0000000000000001
	run -0 abufctl wal check j
}

@test "a window's file that has changed is damage" {
	head -c 200000 /dev/zero | tr '\0' x >large
	run -75 abuf --wal j --retry-deadline 300ms -s 1M -- \
		sh -c 'exit 75' < <(cat large)
	abufctl wal check j
	echo more >>j/w/0000000000000001
	run -74 abufctl wal check j
	[[ $output = *"damage: batch 1 of default/default: w/"*"another size"* ]]
}

@test "an open window that is gone: a restart is refused, as check says" {
	abuf_start --wal j -t 1h -- cat
	echo 1 >&9
	wait_for 10 eval 'abufctl wal dump j | grep -q "OPEN .*records=1"'
	kill_abuf
	rm j/w/*
	run -74 abufctl wal check j
	[[ $output = *"refused: open window w/"*"it is gone: "*"and lose up to 1 record, 2 bytes"* ]]
	run -74 abuf --wal j -- cat </dev/null
	run -74 abuf --wal j --wal-recover salvage -- cat </dev/null
	[[ $output = *": a window's file is gone: lost: 1 record, 2 bytes that it had for certain"* ]]
	[[ $output != *"0 bytes set aside"* ]]
	run -0 abuf --wal j -- cat </dev/null
}

@test "stat and dump tell the same to scripts" {
	leave_batches
	abufctl wal stat --json j >totals
	[ "$(jq -c '.lanes[0] | [.buffer, .next_seq, .batches, .records, .bytes]' \
		totals)" = '["default",5,4,10,21]' ]
	[ "$(jq -c '[.in_use, .damage, .run.sync, .run.ended]' totals)" = \
		'[false,null,"batch",true]' ]
	abufctl wal dump --json j >frames
	[ "$(jq .frames totals)" -eq "$(wc -l <frames)" ]
	[ "$(jq -s 'map(select(.type == "BATCH").records) | add' frames)" -eq 10 ]
	abufctl wal dump j | awk '{ print $1, $2, $4 }' |
		cmp - <(jq -r '"\(.segment) \(.offset) \(.type)"' frames)
}

@test "a journal in use is looked at, but not repaired" {
	abuf_start --wal j -n 2 -- cat
	seq 5 >&9
	wait_for 10 grep -qx 4 out
	run -0 abufctl wal check j
	[[ $output = *"note: in use by process $ABUF_PID"* ]]
	run -0 abufctl wal stat j
	[[ $output = "in use by process $ABUF_PID"* ]]
	run -0 abufctl wal dump j
	run -75 abufctl wal repair --apply j
	[ "$output" = "abufctl: wal: j: in use by process $ABUF_PID" ]
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = "$(seq 5)" ]
}

@test "another user's journal is looked at, which says whose it is" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	leave_batches
	chown -R 65534 j
	run -0 abufctl wal check j
	[[ $output = *"note: it is user 65534's, and nobody else's run takes it"* ]]
	run -78 abuf --wal j -- cat </dev/null
}

@test "what is no journal is none, and becomes none" {
	run -66 abufctl wal check j
	mkdir j
	for verb in check stat dump repair 'repair --apply'; do
		# shellcheck disable=SC2086
		run -66 abufctl wal $verb j
		[ "$output" = "abufctl: wal: j: not a journal" ]
	done
	[ -z "$(ls -A j)" ]
}

@test "wal refuses what it does not know" {
	run -64 abufctl wal
	run -64 abufctl wal chek j
	[[ $output = *'unknown verb of wal "chek", did you mean "check"?' ]]
	run -64 abufctl wal check
	[ "$output" = "abufctl: usage: abufctl wal check DIR" ]
	run -64 abufctl wal check a b
	run -64 abufctl wal check --apply j
	[ "$output" = "abufctl: --apply: only for repair" ]
	run -64 abufctl wal check --dir d j
}

@test "dead letters of a journal are found by its directory" {
	run -65 abuf --wal j --attempts 1 -- false <<<x
	run -0 abufctl dead ls --dir j
	[[ $output = *"default  default  command"* ]]
	run -0 abufctl dead replay --dir j -- cat
	[ "$output" = x ]
	[ -z "$(ls -A j/dead)" ]
}

@test "what found no room, and came to nothing, is no open window" {
	unshare -Urm true || skip "no right to mount anything"
	mkdir disk
	# shellcheck disable=SC2016
	run -0 unshare -Urm bash -c 'mount -t tmpfs -o size=1M none disk
		seq 100000 | "$BUILD/abuf" --wal disk/j -- sh -c "sleep 0.02; cat >>got" 2>err
		"$BUILD/abufctl" wal stat disk/j'
	grep -q 'waiting for space' err
	rm err
	[ "$(wc -l <got)" -eq 100000 ]
	[[ "$output" != *'open window'* ]]
}

# Runs a change on a copy of the journal j; check refuses it if, and only if, a
# restart of another copy fails before it has run anything.
agrees() {
	local began=refused says=refused
	rm -rf k l ran
	cp -a j k
	cp -a j l
	(cd k && eval "$1")
	(cd l && eval "$1")
	! abufctl wal check k >said || says=fits
	grep -q '^refused: ' said || says=fits
	abuf --wal l -- sh -c 'touch ran; cat >ran' </dev/null 2>err || true
	[ ! -e ran ] || began=fits
	echo "$1: check says $says, and it $began"
	[ "$2 $2" = "$says $began" ]
}

@test "check refuses a folder if, and only if, a restart does" {
	leave_batches
	agrees 'true' fits
	agrees 'rm log.spare' fits
	agrees 'rm LOCK' fits
	agrees 'mkdir quarantine; touch quarantine/old' fits
	agrees 'touch w/README; touch w/ffffffffffffffff' fits
	agrees 'rm LOCK; mkdir LOCK' refused
	agrees 'rm LOCK; ln -s /dev/null LOCK' refused
	agrees 'rm -r w; touch w' refused
	agrees 'mv w v; ln -s v w' refused
	agrees 'chmod 755 w' refused
	agrees 'chmod 750 .' refused
	agrees 'rm -r dead; touch dead' refused
	agrees 'rm -r dead; ln -s . dead' refused
	agrees 'rm log.spare; mkdir log.spare' refused
	agrees 'touch quarantine' fits
}

@test "... and a symbolic link to it" {
	leave_batches
	ln -s j link
	run -74 abufctl wal check link
	[[ $output == *"refused: link is a symbolic link"* ]]
	run -78 abuf --wal link -- cat </dev/null
}

@test "check says what is not there any more: of a window, of a source" {
	head -c 200000 /dev/zero | tr '\0' x >large
	run -75 abuf --wal j --retry-deadline 200ms -s 1M -- sh -c 'exit 75' \
		< <(cat large)
	cp -r j k
	truncate -s 4232 k/log-*
	run -74 abufctl wal check k
	[[ $output == *"w/0000000000000001: the end of the log that named it is lost"* ]]
	[[ $output == *"a restart would end with 74"* ]]
	rm -r j
	seq 10 >input
	run -75 abuf --wal j --retry-deadline 200ms input -- sh -c 'exit 75'
	: >input
	run -65 abufctl wal check j
	[[ $output == *"lost: batch 1 of default/default: "*"/input: "* ]]
}
